-- Writes the outcome of an attempt, unless a receipt settled the delivery meanwhile or a later attempt has begun. Answers as
-- finish_attempt does.
--   attempt    its number; null for the attempt that holds the delivery, if any, whose worker was lost
--   retry_ms   the wait before the next attempt that its channel asked for, with the status `queued` alone; null: none
--   held_by    null unless the delivery waits for a later time, as if this attempt had not begun: the wishes by which its person's quiet hours hold it
CREATE FUNCTION @settle(
  actor text, notification_id uuid, delivery_id uuid, attempt integer, status text, reason text, provider_id text, retry_ms bigint,
  held_by jsonb
) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  notification public.notifications;
  delivery public.deliveries;
  outcome text := settle.status;
BEGIN
  PERFORM set_config('app.actor', settle.actor, true);
  IF settle.held_by IS NOT NULL THEN PERFORM @share_wishes(ARRAY[user_id]) FROM public.notifications WHERE id = settle.notification_id; END IF;
  -- The lock lets nobody keep a report while somebody looks for one, so that no report is missed.
  IF settle.provider_id IS NOT NULL OR outcome = 'unknown' OR settle.attempt IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(channel || ' ' || coalesce(settle.provider_id, id::text), 1))
      FROM public.deliveries WHERE id = settle.delivery_id;
  END IF;
  SELECT * INTO notification FROM public.notifications WHERE id = settle.notification_id FOR NO KEY UPDATE;
  SELECT * INTO delivery FROM public.deliveries
    WHERE id = settle.delivery_id AND deliveries.notification_id = settle.notification_id FOR NO KEY UPDATE;
  IF delivery.id IS NULL THEN RETURN jsonb_build_object('status', 'skipped', 'nextMs', NULL); END IF;
  IF delivery.status NOT IN ('queued', 'claimed') OR delivery.attempts <> coalesce(settle.attempt, delivery.attempts)
    OR settle.attempt IS NOT NULL AND delivery.status <> 'claimed' THEN
    RETURN jsonb_build_object('status', CASE WHEN delivery.status = 'claimed' THEN 'queued' ELSE delivery.status END,
      'nextMs', @next_channel_ms(delivery, @urgency(notification)));
  END IF;
  IF settle.attempt IS NULL AND delivery.status = 'claimed' THEN
    IF delivery.lease_until > clock_timestamp() THEN
      RETURN jsonb_build_object('status', 'queued', 'nextMs', NULL,
        'retryAfterMs', ceil(extract(epoch FROM delivery.lease_until - clock_timestamp()) * 1000));
    END IF;
    -- The worker that held it was lost: it may have been sent.
    RETURN @finish_attempt(notification, delivery, 'unknown', 'worker_lost', NULL, NULL);
  END IF;
  -- What is critical waits for a worker for as long as it takes.
  IF settle.attempt IS NULL AND settle.reason = 'no_worker' AND @urgency(notification) = 'critical' THEN
    outcome := 'queued';
  END IF;
  IF settle.held_by IS NOT NULL AND settle.held_by <> coalesce((SELECT settings FROM public.preferences WHERE user_id = notification.user_id), 'null') THEN
    UPDATE public.deliveries SET status = 'queued', reason = NULL, attempts = attempts - 1, lease_until = NULL, updated_at = clock_timestamp(),
      next_check_at = clock_timestamp() + interval '10 seconds'
    WHERE id = delivery.id;
    RETURN jsonb_build_object('status', 'queued', 'retryAfterMs', 0, 'nextMs', NULL);
  END IF;
  IF settle.held_by IS NOT NULL THEN
    UPDATE public.deliveries SET status = 'queued', reason = settle.reason, attempts = attempts - 1, lease_until = NULL,
      hold_until = clock_timestamp() + make_interval(secs => settle.retry_ms / 1000.0), updated_at = clock_timestamp(),
      next_check_at = clock_timestamp() + make_interval(secs => settle.retry_ms / 1000.0 + 10)
    WHERE id = delivery.id RETURNING * INTO delivery;
    PERFORM @note_delivery(delivery);
    RETURN jsonb_build_object('status', 'queued', 'held', true, 'retryAfterMs', settle.retry_ms, 'nextMs', NULL);
  END IF;
  -- An outside channel is tried again for a day; the live channel, and any channel of a critical notification, for as long as it takes.
  IF outcome = 'queued' AND delivery.channel <> 'websocket' AND @urgency(notification) <> 'critical'
    AND clock_timestamp() > coalesce(delivery.retry_since, clock_timestamp()) + interval '24 hours' THEN
    outcome := 'failed';
  END IF;
  RETURN @finish_attempt(notification, delivery, outcome, settle.reason, settle.provider_id,
    CASE WHEN outcome = 'queued' THEN @wait_ms(delivery.attempts, settle.retry_ms, @urgency(notification)) END);
END $$;
