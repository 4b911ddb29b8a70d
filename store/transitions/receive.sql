-- Records that a person's device has the changes stamped after `device_after` up to `device_to`, and that a visible page shows those
-- stamped after `seen_after` up to `seen_to`. A late receipt turns `accepted`, `skipped` and `unknown` into `delivered`. A notification
-- on a device needs no further channel in its first round; a critical one does until somebody has seen it.
--   token   the subject token by which a page of another system says so: it has its own territory alone, whatever else the inbox holds; null for the person themself
-- Answers the ids of the notifications that were newly delivered or seen.
CREATE FUNCTION @receive(person text, device_after bigint, device_to bigint, seen_after bigint, seen_to bigint, token uuid DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  territory text;
  means jsonb := '{}';
  told uuid[];
  shown uuid[];
  served uuid[];
  delivered uuid[];
  raised uuid[];
BEGIN
  IF token IS NOT NULL THEN
    PERFORM set_config('app.actor', 'subject:' || token, true);
    territory := (public.subject_token()).territory_id;
    IF territory IS NULL THEN RETURN '[]'; END IF;
    means := @means(token);
  END IF;
  PERFORM set_config('app.actor', 'user:' || person, true);
  SELECT array_agg(locked.id), coalesce(array_agg(locked.id) FILTER (WHERE locked.shown), '{}'),
    array_agg(locked.id) FILTER (WHERE locked.shown OR locked.urgency <> 'critical'), array_agg(locked.id) FILTER (WHERE locked.first_round > 0)
    INTO told, shown, served, raised
  FROM (
    SELECT notifications.id, @urgency(notifications) AS urgency, notifications.first_round,
      notifications.seq > seen_after AND notifications.seq <= seen_to AND notifications.seen_at IS NULL AS shown
    FROM public.notifications
    WHERE notifications.user_id = person AND (token IS NULL OR notifications.territory_id = territory) AND notifications.status NOT IN ('expired', 'cancelled')
      AND (notifications.seq > device_after AND notifications.seq <= device_to
          -- Written so that no index of what is unfinished or not received fits: a notification's deliveries are found by its id.
          AND (SELECT true FROM public.deliveries WHERE deliveries.notification_id = notifications.id
            AND deliveries.channel = 'websocket' AND deliveries.status IS DISTINCT FROM 'delivered' LIMIT 1)
        OR notifications.seq > seen_after AND notifications.seq <= seen_to AND notifications.seen_at IS NULL)
    ORDER BY notifications.id FOR NO KEY UPDATE) AS locked;
  IF told IS NULL THEN RETURN '[]'; END IF;

  WITH changed AS (
    UPDATE public.deliveries SET updated_at = clock_timestamp(), lease_until = NULL,
      status = CASE channel WHEN 'websocket' THEN 'delivered' ELSE 'skipped' END,
      reason = CASE channel WHEN 'websocket' THEN NULL ELSE 'not_needed' END,
      -- Arrival in the inbox tells the sockets, so a receipt may come before the first attempt.
      attempts = CASE channel WHEN 'websocket' THEN greatest(attempts, 1) ELSE attempts END
    WHERE notification_id = ANY (told) AND CASE channel WHEN 'websocket' THEN status <> 'delivered'
      ELSE status = 'queued' AND notification_id = ANY (served) AND NOT (parallel AND notification_id <> ALL (shown)) AND round = CASE WHEN notification_id = ANY (raised)
        THEN (SELECT notifications.first_round FROM public.notifications WHERE notifications.id = deliveries.notification_id) ELSE 0 END END
    RETURNING id, notification_id, user_id, territory_id, channel, status, reason, attempts),
  noted AS (
    INSERT INTO public.delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, reason, attempt)
    SELECT notification_id, id, user_id, territory_id, channel, status, reason, attempts FROM changed ORDER BY status),
  recorded AS (
    SELECT notification_id, @put_on_record('delivery.receive', 'ok', territory_id, notification_id,
      jsonb_build_object('delivery_id', id, 'channel', channel, 'status', status) || means) FROM changed WHERE status = 'delivered')
  SELECT coalesce(array_agg(DISTINCT notification_id), '{}') INTO delivered FROM recorded;
  WITH changed AS (
    UPDATE public.notifications SET status = CASE WHEN status = 'sent' AND id = ANY (delivered) THEN 'delivered' ELSE status END,
      seen_at = CASE WHEN id = ANY (shown) THEN clock_timestamp() ELSE seen_at END
    WHERE id = ANY (delivered || shown) AND (status = 'sent' OR id = ANY (shown))
    RETURNING id, user_id, territory_id)
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
  SELECT id, user_id, territory_id, 'seen' FROM changed WHERE id = ANY (shown);
  RETURN to_jsonb(ARRAY(SELECT DISTINCT unnest(delivered || shown)));
END $$;
