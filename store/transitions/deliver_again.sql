-- Plans a delivery once more by the same channel, as its notification's workflow. The caller holds the family's lock. Answers the new delivery.
CREATE FUNCTION @deliver_again(former public.deliveries, notification public.notifications) RETURNS public.deliveries
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  again public.deliveries;
  next_round integer;
BEGIN
  -- An open page has the notification: it hears of another round by a change. The channel tells the sockets.
  IF former.channel = 'websocket' AND coalesce(notification.acknowledged_at, notification.dismissed_at) IS NULL THEN
    PERFORM @lock_inboxes(ARRAY[notification.id]);
    UPDATE public.notifications SET told_again_at = clock_timestamp() WHERE notifications.id = notification.id;
    PERFORM @stamp_changes(ARRAY[notification.id]);
  END IF;
  next_round := @plan_again(former, ARRAY[former.channel]);
  SELECT * INTO again FROM public.deliveries
    WHERE deliveries.notification_id = former.notification_id AND deliveries.round = next_round;
  RETURN again;
END $$;
