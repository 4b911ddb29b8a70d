-- Writes how an attempt to reach a webhook ended. One that failed is made again after growing waits, for three days; the webhook itself rests
-- meanwhile, so that one that is away costs little. A webhook of which every attempt has failed for three days, or that says it is gone, is
-- disabled, on record.
--   attempt          its number: a later one has begun where it differs, and only a success counts then
--   code             how it ended: null where it was taken
--   gone             the receiver wants no more
--   retry_after_ms   what the receiver asked for; null for nothing
-- Answers whether the webhook was disabled by it.
CREATE FUNCTION @settle_webhook(delivery uuid, attempt integer, code text, gone boolean, retry_after_ms bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  one public.webhook_deliveries;
  hook public.webhooks;
  moment timestamptz;
  due timestamptz;
  patience CONSTANT interval := '3 days';
BEGIN
  PERFORM set_config('app.actor', 'announcer', true);
  SELECT * INTO one FROM public.webhook_deliveries WHERE webhook_deliveries.id = settle_webhook.delivery FOR NO KEY UPDATE;
  moment := clock_timestamp();
  IF one.id IS NULL OR one.status <> 'queued' OR settle_webhook.code IS NOT NULL AND one.attempts <> settle_webhook.attempt THEN
    RETURN jsonb_build_object('disabled', false);
  END IF;
  due := moment + make_interval(secs => greatest(coalesce((ARRAY[5, 60, 300, 1800, 7200])[one.attempts], 21600) * (0.9 + random() / 5),
    least(coalesce(settle_webhook.retry_after_ms, 0) / 1000.0, 86400)));
  UPDATE public.webhook_deliveries SET code = settle_webhook.code,
    status = CASE WHEN settle_webhook.code IS NULL THEN 'delivered' WHEN one.first_attempt_at <= moment - patience THEN 'failed' ELSE 'queued' END,
    delivered_at = CASE WHEN settle_webhook.code IS NULL THEN moment END, next_attempt_at = due
  WHERE webhook_deliveries.id = one.id RETURNING * INTO one;
  -- What comes after it of the same notification is due with it, or now.
  UPDATE public.webhook_deliveries SET next_attempt_at = CASE WHEN one.status = 'queued' THEN due ELSE moment END
  WHERE webhook_deliveries.webhook_id = one.webhook_id AND webhook_deliveries.root_id = one.root_id AND webhook_deliveries.status = 'queued'
    AND webhook_deliveries.seq > one.seq;
  IF one.status = 'delivered' THEN
    UPDATE public.webhooks SET failing_since = NULL, failures = 0, paused_until = NULL
    WHERE webhooks.id = one.webhook_id AND webhooks.failing_since IS NOT NULL;
    RETURN jsonb_build_object('disabled', false);
  END IF;
  -- Attempts side by side that fail together count as one.
  UPDATE public.webhooks SET failing_since = coalesce(webhooks.failing_since, moment), failures = webhooks.failures + 1,
    paused_until = moment + make_interval(secs => least(600, 5 * 2 ^ least(webhooks.failures, 10)))
  WHERE webhooks.id = one.webhook_id AND (webhooks.paused_until IS NULL OR webhooks.paused_until <= moment);
  UPDATE public.webhooks SET disabled_at = moment, disabled_reason = CASE WHEN settle_webhook.gone THEN 'gone' ELSE 'failing' END
  WHERE webhooks.id = one.webhook_id AND webhooks.disabled_at IS NULL AND webhooks.deleted_at IS NULL
    AND (settle_webhook.gone OR webhooks.failing_since <= moment - patience)
  RETURNING * INTO hook;
  IF hook.id IS NOT NULL THEN
    PERFORM @put_on_record('webhook.disable', 'failed', NULL, hook.id, jsonb_build_object('service_id', hook.service_id, 'reason', hook.disabled_reason));
  END IF;
  RETURN jsonb_build_object('disabled', hook.id IS NOT NULL);
END $$;
