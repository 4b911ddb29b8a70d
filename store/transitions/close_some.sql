-- Ends notifications of an alert as a supervisor ended the alert, and their channels that still wait. The caller holds their locks, and stamps the change.
CREATE FUNCTION @close_some(notifications uuid[], alert public.notifications) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE public.notifications SET next_step_at = NULL, closed_at = alert.closed_at, closed_by = alert.closed_by, closed_reason = alert.closed_reason
    WHERE notifications.id = ANY (close_some.notifications);
  PERFORM @skip_waiting(close_some.notifications, NULL, 'closed', false);
  PERFORM @stand_down(close_some.notifications, 'closed', alert.escalation);
END $$;
