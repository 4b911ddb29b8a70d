-- Records, once the sockets of a page were told, which notifications have a person with a socket (`live`), and which have one without
-- (`offline`). The other channels of `live` ones wait for a receipt, or until somebody has seen them; those of `offline` ones are due at
-- once. Each notification's own workflow tries them.
CREATE FUNCTION @tell_each(live uuid[], offline uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.page', (live || offline)::text, true);
  PERFORM FROM public.notifications WHERE notifications.id = ANY (live || offline) ORDER BY notifications.id FOR NO KEY UPDATE;
  WITH told AS (
    UPDATE public.deliveries SET updated_at = clock_timestamp(),
      status = CASE WHEN deliveries.notification_id = ANY (live) THEN 'accepted' ELSE 'skipped' END,
      reason = CASE WHEN deliveries.notification_id = ANY (live) THEN NULL ELSE 'offline' END
    WHERE deliveries.notification_id = ANY (live || offline) AND deliveries.channel = 'websocket' AND deliveries.status = 'queued'
    RETURNING *)
  INSERT INTO public.delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, reason, attempt)
  SELECT told.notification_id, told.id, told.user_id, told.territory_id, told.channel, told.status, told.reason, told.attempts FROM told;
  UPDATE public.deliveries SET next_check_at = clock_timestamp() + CASE
    WHEN deliveries.notification_id = ANY (offline) THEN interval '0'
    ELSE make_interval(secs => @next_channel_ms(told, (SELECT @urgency(notifications) FROM public.notifications WHERE notifications.id = told.notification_id)) / 1000.0) END
  FROM public.deliveries AS told
  WHERE deliveries.notification_id = ANY (live || offline) AND deliveries.status = 'queued'
    AND told.notification_id = deliveries.notification_id AND told.channel = 'websocket' AND told.round = deliveries.round;
END $$;
