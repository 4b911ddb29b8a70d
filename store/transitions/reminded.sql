-- Notes on timeline and record that a reminder of what was taken over went out, and when the next one is due. A repeated call changes nothing.
--   number   as due_reminder answers it
-- Answers the changes.
CREATE FUNCTION @reminded(root uuid, number integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  taken uuid[];
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  PERFORM @lock_family(root);
  taken := ARRAY(SELECT notifications.id FROM public.notifications
    WHERE (notifications.id = root OR notifications.escalated_from = root) AND notifications.acknowledged_by = notifications.user_id);
  PERFORM @lock_inboxes(root || taken);
  SELECT * INTO alert FROM public.notifications WHERE notifications.id = root;
  IF alert.remind_at IS NULL OR alert.reminders <> number - 1 THEN RETURN '[]'; END IF;
  UPDATE public.notifications SET reminders = number, remind_at = CASE WHEN number = 1
    THEN clock_timestamp() + make_interval(mins => (alert.escalation->>'complete_minutes')::integer) END WHERE notifications.id = root;
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status, reason)
  SELECT notifications.id, notifications.user_id, notifications.territory_id, 'reminded', CASE WHEN number = 1 THEN 'to_acknowledger' ELSE 'to_supervisor' END
  FROM public.notifications WHERE notifications.id = ANY (root || taken);
  PERFORM @put_on_record('notification.remind', 'ok', alert.territory_id, root,
    jsonb_build_object('number', number, 'to', CASE WHEN number = 1 THEN 'acknowledger' ELSE 'supervisor' END));
  RETURN @stamp_changes(taken);
END $$;
