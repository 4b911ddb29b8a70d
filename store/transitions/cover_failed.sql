-- Gives those whom somebody covers their own channels back where a delivery was the last one outside that could have reached whoever covers them, who has not
-- seen it either.
-- The caller holds the notification's lock. The actor stays.
CREATE FUNCTION @cover_failed(notification public.notifications, delivery public.deliveries) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  actor CONSTANT text := current_setting('app.actor');
BEGIN
  IF notification.covers_for = '{}' OR delivery.channel = 'websocket' OR delivery.stand_down IS NOT NULL
    OR NOT (delivery.status = 'failed' OR delivery.status = 'skipped' AND delivery.reason = 'no_address')
    OR NOT @cover_lost(notification, delivery.round) THEN
    RETURN;
  END IF;
  PERFORM @give_back(notification.send_id, notification.covers_for);
  PERFORM set_config('app.actor', actor, true);
END $$;
