-- Reads the next events of timelines, in the order of their numbers, and writes those that services want to hear of: each with a number of its
-- service's, and a delivery for each webhook that asks for its type. One call at a time does so; others are told that it is `busy`.
--   until     a number of delivery_events
--   horizon   a transaction id; once all transactions before it are over, no number up to `until` is still to come
--   batch     events of timelines that are read, at most
-- Answers {state: done | more | wait | busy, services}, the latter being those that have something new to hear.
CREATE FUNCTION @derive_events(until bigint, horizon text, batch integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  begins bigint;
  ends bigint;
  seen integer;
  feeds uuid[];
  told uuid[];
BEGIN
  PERFORM set_config('app.actor', 'announcer', true);
  SELECT event_log.position INTO begins FROM public.event_log WHERE event_log.source = 'delivery_events' FOR UPDATE SKIP LOCKED;
  IF begins IS NULL THEN RETURN jsonb_build_object('state', 'busy', 'services', '[]'::jsonb); END IF;
  IF begins >= until THEN RETURN jsonb_build_object('state', 'done', 'services', '[]'::jsonb); END IF;
  IF pg_snapshot_xmin(pg_current_snapshot()) < horizon::xid8 THEN RETURN jsonb_build_object('state', 'wait', 'services', '[]'::jsonb); END IF;
  -- A service hears from its first webhook on, or for a week after it last asked.
  feeds := ARRAY(SELECT event_feeds.service_id FROM public.event_feeds WHERE event_feeds.asked_at > now() - interval '7 days'
    OR EXISTS (SELECT FROM public.webhooks WHERE webhooks.service_id = event_feeds.service_id
      AND webhooks.deleted_at IS NULL AND webhooks.disabled_at IS NULL));
  IF feeds = '{}' THEN
    UPDATE public.event_log SET position = until WHERE event_log.source = 'delivery_events';
    RETURN jsonb_build_object('state', 'done', 'services', '[]'::jsonb);
  END IF;
  SELECT max(page.id), count(*) INTO ends, seen FROM (SELECT delivery_events.id FROM public.delivery_events
    WHERE delivery_events.id > begins AND delivery_events.id <= until ORDER BY delivery_events.id LIMIT batch) AS page;
  IF seen < batch THEN ends := until; END IF;

  WITH happened AS (
    SELECT event.id, kind.type, kind.place, notification.id AS notification_id, notification.root_id, notification.send_id, notification.service_id,
      event.user_id, event.territory_id, event.delivery_id, event.channel, event.reason, event.attempt, event.status, event.at
    FROM public.delivery_events AS event
      -- One look into an index each, however many notifications there are.
      CROSS JOIN LATERAL (SELECT one.id, coalesce(one.escalated_from, one.id) AS root_id, one.send_id, one.service_id, one.exhausted_at
        FROM public.notifications AS one WHERE one.id = event.notification_id
        -- What becomes of a digest becomes of its items.
        UNION ALL SELECT item.id, item.id, item.send_id, item.service_id, NULL FROM public.notifications AS item
        WHERE item.digest = event.notification_id AND item.status NOT IN ('expired', 'cancelled')
          AND event.status IN ('delivered', 'failed', 'seen', 'acknowledged', 'unacknowledged') OFFSET 0) AS notification
      CROSS JOIN LATERAL (VALUES
        (CASE WHEN (event.delivery_id IS NULL) = (event.status NOT IN ('delivered', 'failed')) THEN 'notification.' || event.status END, 0),
        -- The step with which the rules were used up is the first one since.
        (CASE WHEN event.status = 'escalated' AND event.at >= notification.exhausted_at
          AND NOT EXISTS (SELECT FROM public.delivery_events AS earlier WHERE earlier.notification_id = event.notification_id
            AND earlier.id < event.id AND earlier.status = 'escalated' AND earlier.at >= notification.exhausted_at)
          THEN 'notification.exhausted' END, 1)) AS kind (type, place)
    WHERE event.id > begins AND event.id <= ends AND kind.type IS NOT NULL AND notification.service_id = ANY (feeds)
      AND event.status IN ('delivered', 'failed', 'seen', 'acknowledged', 'unacknowledged', 'declined', 'completed', 'escalated', 'expired', 'cancelled', 'resolved')),
  numbered AS (
    SELECT *, row_number() OVER (PARTITION BY happened.service_id ORDER BY happened.id, happened.place, happened.notification_id) AS number
    FROM happened WHERE public.service_reaches(happened.service_id, happened.territory_id)),
  drawn AS (
    UPDATE public.event_feeds SET seq = event_feeds.seq + wanted.count
    FROM (SELECT numbered.service_id, count(*) AS count FROM numbered GROUP BY numbered.service_id) AS wanted
    WHERE event_feeds.service_id = wanted.service_id
    RETURNING event_feeds.service_id, event_feeds.seq - wanted.count AS before),
  made AS (
    INSERT INTO public.service_events (service_id, seq, type, notification_id, root_id, send_id, user_id, territory_id, delivery_id, channel,
      reason, step, at)
    SELECT numbered.service_id, drawn.before + numbered.number, numbered.type, numbered.notification_id, numbered.root_id, numbered.send_id,
      numbered.user_id, numbered.territory_id, numbered.delivery_id, numbered.channel,
      -- Whatever else a reason may hold one day, a code leaves.
      CASE WHEN numbered.reason ~ '^[a-z][a-z0-9_-]{0,63}$' THEN numbered.reason END,
      CASE WHEN numbered.status = 'escalated' THEN numbered.attempt END, numbered.at
    FROM numbered JOIN drawn ON drawn.service_id = numbered.service_id
    RETURNING service_events.service_id, service_events.seq, service_events.root_id, service_events.type),
  queued AS (
    INSERT INTO public.webhook_deliveries (webhook_id, service_id, seq, root_id)
    SELECT webhooks.id, made.service_id, made.seq, made.root_id
    FROM made JOIN public.webhooks ON webhooks.service_id = made.service_id
    WHERE webhooks.deleted_at IS NULL AND webhooks.disabled_at IS NULL AND made.type = ANY (webhooks.types))
  SELECT array_agg(DISTINCT made.service_id) INTO told FROM made;

  UPDATE public.event_log SET position = ends WHERE event_log.source = 'delivery_events';
  RETURN jsonb_build_object('state', CASE WHEN ends < until THEN 'more' ELSE 'done' END, 'services', coalesce(to_jsonb(told), '[]'));
END $$;
