-- Claims deliveries of a webhook that are due: of a notification and its copies the oldest alone, so that they are told in order. Of one that fails,
-- a single one is tried. What no key of the service reaches any more is not sent.
--   most       deliveries, at most
--   lease_ms   after which an attempt counts as lost, and is made again
-- Answers {url, secrets, deliveries, more}, secrets in base64, `more` where others may be due; null where nothing may be sent now.
CREATE FUNCTION @claim_webhook(webhook uuid, most integer, lease_ms integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  hook public.webhooks;
  one public.webhook_deliveries;
  event public.service_events;
  moment timestamptz := clock_timestamp();
  ahead timestamptz;
  wanted integer;
  looked integer := 0;
  claimed jsonb := '[]';
  page CONSTANT integer := 50;
BEGIN
  PERFORM set_config('app.actor', 'announcer', true);
  SELECT * INTO hook FROM public.webhooks WHERE webhooks.id = claim_webhook.webhook AND webhooks.deleted_at IS NULL
    AND webhooks.disabled_at IS NULL AND (webhooks.paused_until IS NULL OR webhooks.paused_until <= moment);
  IF hook.id IS NULL THEN RETURN NULL; END IF;
  wanted := CASE WHEN hook.failing_since IS NULL THEN claim_webhook.most ELSE 1 END;
  FOR one IN SELECT * FROM public.webhook_deliveries
    WHERE webhook_deliveries.webhook_id = hook.id AND webhook_deliveries.status = 'queued' AND webhook_deliveries.next_attempt_at <= moment
    ORDER BY webhook_deliveries.next_attempt_at, webhook_deliveries.seq LIMIT page FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    looked := looked + 1;
    ahead := (SELECT earlier.next_attempt_at FROM public.webhook_deliveries AS earlier
      WHERE earlier.webhook_id = hook.id AND earlier.root_id = one.root_id AND earlier.status = 'queued' AND earlier.seq < one.seq
      ORDER BY earlier.seq LIMIT 1);
    IF ahead IS NOT NULL THEN
      -- Whoever settles that one makes this one due.
      UPDATE public.webhook_deliveries SET next_attempt_at = greatest(ahead, moment) + interval '10 milliseconds' WHERE webhook_deliveries.id = one.id;
      CONTINUE;
    END IF;
    SELECT * INTO event FROM public.service_events WHERE service_events.service_id = one.service_id AND service_events.seq = one.seq;
    IF NOT public.service_reaches(event.service_id, event.territory_id) THEN
      UPDATE public.webhook_deliveries SET status = 'failed', code = 'no_key' WHERE webhook_deliveries.id = one.id;
      CONTINUE;
    END IF;
    UPDATE public.webhook_deliveries SET attempts = webhook_deliveries.attempts + 1,
      first_attempt_at = coalesce(webhook_deliveries.first_attempt_at, moment),
      next_attempt_at = moment + make_interval(secs => claim_webhook.lease_ms / 1000.0)
    WHERE webhook_deliveries.id = one.id;
    claimed := claimed || jsonb_build_object('deliveryId', one.id, 'attempt', one.attempts + 1, 'event', to_jsonb(event));
    EXIT WHEN jsonb_array_length(claimed) >= wanted;
  END LOOP;
  RETURN jsonb_build_object('url', hook.url, 'deliveries', claimed, 'more', looked = page OR jsonb_array_length(claimed) > 0,
    'secrets', (SELECT jsonb_agg(jsonb_build_object('id', webhook_secrets.id, 'key_id', webhook_secrets.key_id,
        'wrapped_key', encode(webhook_secrets.wrapped_key, 'base64'), 'sealed', encode(webhook_secrets.sealed, 'base64'))
        ORDER BY webhook_secrets.created_at DESC)
      FROM public.webhook_secrets WHERE webhook_secrets.webhook_id = hook.id
        AND (webhook_secrets.expires_at IS NULL OR webhook_secrets.expires_at > moment)));
END $$;
