-- A supervisor ends an alert that nobody acknowledged, with a reason, on record; follow brings that to its copies. Answers {kind: done, changes, behind},
-- where `behind` says that it has copies, or {kind: not_found}, also where the alert does not wait any more.
CREATE FUNCTION @close_alert(person text, root uuid, reason text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  is_behind boolean;
  changes jsonb;
BEGIN
  PERFORM set_config('app.actor', 'user:' || person, true);
  PERFORM @lock_family(root);
  SELECT * INTO alert FROM public.notifications
    WHERE notifications.id = root AND notifications.territory_id = ANY (public.supervised_territories());
  IF alert.next_step_at IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  -- A supervisor may only read the alert; the alert's workflow may change it.
  PERFORM set_config('app.actor', 'worker:' || root, true);
  PERFORM @lock_inboxes(ARRAY[root]);
  alert.closed_at := clock_timestamp();
  alert.closed_by := person;
  alert.closed_reason := reason;
  PERFORM @close_some(ARRAY[root], alert);
  UPDATE public.notifications SET behind = EXISTS (SELECT FROM public.notifications AS copy WHERE copy.escalated_from = root)
    WHERE notifications.id = root RETURNING notifications.behind INTO is_behind;
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
    VALUES (root, alert.user_id, alert.territory_id, 'closed');
  changes := @stamp_changes(ARRAY[root]);
  PERFORM set_config('app.actor', 'user:' || person, true);
  PERFORM @put_on_record('notification.close', 'ok', alert.territory_id, root, '{}');
  RETURN jsonb_build_object('kind', 'done', 'changes', changes, 'behind', is_behind);
END $$;
