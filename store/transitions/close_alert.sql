-- A supervisor ends an alert that nobody acknowledged, with a reason, on record. Answers {kind: done}, or {kind: not_found}, also
-- where the alert does not wait any more.
CREATE FUNCTION @close_alert(person text, root uuid, reason text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  family uuid[];
BEGIN
  PERFORM set_config('app.actor', 'user:' || person, true);
  PERFORM @lock_family(root);
  SELECT * INTO alert FROM public.notifications
    WHERE notifications.id = root AND notifications.territory_id = ANY (public.supervised_territories());
  IF alert.next_step_at IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  -- A supervisor may only read the alert; the alert's workflow may change it.
  PERFORM set_config('app.actor', 'worker:' || root, true);
  family := ARRAY(SELECT notifications.id FROM public.notifications WHERE notifications.id = root OR notifications.escalated_from = root);
  PERFORM @lock_inboxes(family);
  UPDATE public.notifications SET next_step_at = NULL, closed_at = clock_timestamp(), closed_by = person, closed_reason = reason
    WHERE notifications.id = ANY (family);
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
    VALUES (root, alert.user_id, alert.territory_id, 'closed');
  PERFORM @skip_waiting(family, NULL, 'closed', false);
  PERFORM set_config('app.actor', 'user:' || person, true);
  PERFORM @put_on_record('notification.close', 'ok', alert.territory_id, root, '{}');
  RETURN jsonb_build_object('kind', 'done');
END $$;
