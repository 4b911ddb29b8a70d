-- Opens notifications again that an acknowledgement ended which its person took back, and writes that to the timelines. The caller holds their locks, and
-- stamps the change.
--   since    when it was taken
--   tells    whether those are told again who heard that nothing is left to do, or were not told since
CREATE FUNCTION @reopen(notifications uuid[], since timestamptz, tells boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF tells THEN PERFORM @tell_again(reopen.notifications, since); END IF;
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status, reason)
  SELECT id, user_id, territory_id, CASE WHEN acknowledged_by = user_id THEN 'unacknowledged' ELSE 'reopened' END,
    CASE WHEN acknowledged_by IS DISTINCT FROM user_id THEN 'by_colleague' END FROM public.notifications WHERE id = ANY (reopen.notifications);
  UPDATE public.notifications SET acknowledged_at = NULL, acknowledged_by = NULL, acknowledge_note = NULL, unacknowledge_until = NULL, completion_due_at = NULL,
    dismissed_at = NULL, status = CASE WHEN read_at IS NOT NULL THEN 'read' WHEN EXISTS (SELECT FROM public.deliveries
      WHERE notification_id = notifications.id AND deliveries.status = 'delivered' AND stand_down IS NULL) THEN 'delivered' ELSE 'sent' END
    WHERE id = ANY (reopen.notifications);
END $$;
