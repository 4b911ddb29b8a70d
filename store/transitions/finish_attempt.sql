-- Writes the outcome of an attempt to the delivery's row, timeline and record, and what follows from it to the notification and to the
-- channels behind it in the round. The caller holds the locks of the delivery and its notification.
--   retry_ms    the wait before the next attempt, where the delivery goes back to `queued`
-- Answers {status, retryAfterMs, nextMs}: the next channel of the round begins after nextMs, or is not needed (null). With stepDue where every
-- channel of a critical notification's first round has failed its recipient: then somebody else is told at once.
CREATE FUNCTION @finish_attempt(
  notification public.notifications, delivery public.deliveries, status text, reason text, provider_id text, retry_ms bigint
) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  again CONSTANT boolean := finish_attempt.status = 'queued';
  kept public.early_reports;
  settled public.deliveries;
  step_due boolean := false;
BEGIN
  UPDATE public.deliveries SET status = finish_attempt.status, reason = finish_attempt.reason,
    provider_id = coalesce(finish_attempt.provider_id, deliveries.provider_id), updated_at = clock_timestamp(), lease_until = NULL,
    retry_since = CASE WHEN again THEN coalesce(retry_since, clock_timestamp()) END,
    next_check_at = clock_timestamp() + make_interval(secs => coalesce(retry_ms, 0) / 1000.0 + 10)
  WHERE id = delivery.id RETURNING * INTO settled;
  IF NOT (again AND @goes_on(delivery)) THEN
    PERFORM @note_delivery(settled);
    PERFORM @put_on_record('delivery.attempt', CASE WHEN finish_attempt.status IN ('failed', 'unknown') THEN 'failed' ELSE 'ok' END,
      settled.territory_id, settled.notification_id, jsonb_build_object('delivery_id', settled.id, 'channel', settled.channel,
        'status', settled.status, 'reason', settled.reason, 'attempt', settled.attempts)
        || CASE WHEN settled.stand_down IS NULL THEN '{}' ELSE jsonb_build_object('stand_down', settled.stand_down) END);
  END IF;

  -- The provider may have reported before its answer, which names the provider's id, was written; or that answer was lost.
  IF settled.provider_id IS NOT NULL OR settled.status = 'unknown' THEN
    DELETE FROM public.early_reports WHERE channel = settled.channel
      AND CASE WHEN settled.provider_id IS NULL THEN early_reports.delivery_id = settled.id ELSE early_reports.provider_id = settled.provider_id END
    RETURNING * INTO kept;
    IF kept.status IS NOT NULL AND @rank(kept.status) > @rank(settled.status) THEN
      UPDATE public.deliveries SET status = kept.status, reason = kept.reason, provider_id = kept.provider_id
      WHERE id = settled.id RETURNING * INTO settled;
      PERFORM @note_delivery(settled);
      PERFORM @put_on_record('delivery.report', CASE WHEN kept.status IN ('failed', 'unknown') THEN 'failed' ELSE 'ok' END,
        settled.territory_id, settled.notification_id, jsonb_build_object('delivery_id', settled.id, 'channel', settled.channel,
          'status', settled.status, 'reason', settled.reason));
    END IF;
  END IF;

  IF settled.status = 'delivered' AND notification.status = 'sent' AND settled.stand_down IS NULL THEN
    UPDATE public.notifications SET status = 'delivered' WHERE id = notification.id;
  END IF;
  -- A critical notification goes on until somebody has seen it, and a later round until somebody acknowledged; other transitions end these.
  IF (settled.status = 'delivered' OR settled.status = 'accepted' AND settled.channel <> 'websocket')
    AND (settled.redelivery_of IS NOT NULL OR settled.round = notification.first_round AND @urgency(notification) <> 'critical') THEN
    PERFORM @skip_waiting(ARRAY[notification.id], settled.round, 'not_needed', true);
  END IF;
  IF settled.status IN ('failed', 'skipped') THEN
    step_due := @hurry_step(notification, settled.round);
    PERFORM @cover_failed(notification, settled);
  END IF;
  RETURN CASE WHEN step_due THEN '{"stepDue": true}' ELSE '{}'::jsonb END || jsonb_build_object('status', settled.status, 'retryAfterMs', CASE WHEN settled.status = 'queued' THEN retry_ms END,
    'nextMs', @next_channel_ms(settled, @urgency(notification)));
END $$;
