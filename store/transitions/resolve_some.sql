-- Marks notifications of an alert as resolved when and by whom the alert was, and ends their channels that still wait. The caller holds their locks, and
-- stamps the change.
CREATE FUNCTION @resolve_some(notifications uuid[], alert public.notifications) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE public.notifications SET next_step_at = NULL, remind_at = NULL, unacknowledge_until = NULL, resolved_at = alert.resolved_at,
    resolved_by = alert.resolved_by WHERE notifications.id = ANY (resolve_some.notifications);
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
  SELECT notifications.id, notifications.user_id, notifications.territory_id, 'resolved' FROM public.notifications
    WHERE notifications.id = ANY (resolve_some.notifications) ORDER BY notifications.created_at, notifications.id;
  PERFORM @skip_waiting(resolve_some.notifications, NULL, 'resolved', false);
  PERFORM @stand_down(resolve_some.notifications, 'resolved', alert.escalation);
END $$;
