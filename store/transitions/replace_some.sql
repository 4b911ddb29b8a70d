-- Ends notifications of an alert in favour of what replaces it, and their channels that still wait. The caller holds their locks, and stamps the change.
--   arrivals   what replaces it in which inboxes: [{id, userId}]
CREATE FUNCTION @replace_some(notifications uuid[], alert public.notifications, arrivals jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE public.notifications SET next_step_at = NULL, remind_at = NULL, unacknowledge_until = NULL, replaced_at = alert.replaced_at,
    replaced_by = (SELECT (arrival->>'id')::uuid FROM jsonb_array_elements(arrivals) AS arrival WHERE arrival->>'userId' = user_id)
    WHERE notifications.id = ANY (replace_some.notifications);
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
  SELECT notifications.id, notifications.user_id, notifications.territory_id, 'replaced' FROM public.notifications WHERE notifications.id = ANY (replace_some.notifications);
  PERFORM @skip_waiting(replace_some.notifications, NULL, 'replaced', false);
  PERFORM @stand_down(replace_some.notifications, 'replaced', alert.escalation);
END $$;
