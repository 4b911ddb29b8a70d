-- Ends, with a reason, the deliveries of some notifications that still wait for their attempt, and writes that to the timelines.
--   in_round   this round alone; null for all rounds, those that a supervisor asked for only where the notification expired or was taken back
--   live       whether the live channel is included; where it is not, sockets are still told of a change
-- The caller holds the notifications' locks.
CREATE FUNCTION @skip_waiting(notifications uuid[], in_round integer, reason text, live boolean) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  WITH skipped AS (
    UPDATE public.deliveries SET status = 'skipped', reason = skip_waiting.reason, updated_at = clock_timestamp()
    WHERE notification_id = ANY (skip_waiting.notifications) AND status = 'queued'
      AND CASE WHEN skip_waiting.in_round IS NULL THEN redelivery_of IS NULL OR stand_down IS NULL AND skip_waiting.reason IN ('expired', 'cancelled') ELSE round = skip_waiting.in_round END
      AND (skip_waiting.live OR channel <> 'websocket')
      -- That another channel has brought it ends the round, but not what was asked for in parallel.
      AND NOT (parallel AND skip_waiting.live AND skip_waiting.in_round IS NOT NULL)
    RETURNING *)
  INSERT INTO public.delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, reason, attempt)
  SELECT notification_id, id, user_id, territory_id, channel, status, skipped.reason, attempts FROM skipped
$$;
