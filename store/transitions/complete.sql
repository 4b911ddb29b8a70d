-- Says that what a person took over is done: nobody is reminded of it any more. Answers {kind: done, notification, changes, rootId, closing, behind}, without
-- changes where it was done before, {kind: not_found} or {kind: conflict, detail}; `behind`: the alert, where follow has to bring it to copies.
CREATE FUNCTION @complete(person text, id uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  own public.notifications;
  root_id uuid;
  heads uuid[];
  is_behind boolean := false;
  changes jsonb := '[]';
BEGIN
  PERFORM set_config('app.actor', 'user:' || person, true);
  SELECT coalesce(escalated_from, notifications.id) INTO root_id FROM public.notifications
    WHERE notifications.id = complete.id AND user_id = person;
  IF root_id IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  PERFORM set_config('app.actor', 'worker:' || root_id, true);
  PERFORM @lock_family(root_id);
  PERFORM @lock_inboxes(ARRAY[root_id, complete.id]);
  SELECT * INTO own FROM public.notifications WHERE notifications.id = complete.id;
  IF own.completed_at IS NULL THEN
    IF own.acknowledged_by IS DISTINCT FROM person THEN
      RETURN jsonb_build_object('kind', 'conflict', 'detail', 'Only who acknowledged it can say that it is done.');
    END IF;
    heads := ARRAY(SELECT notifications.id FROM public.notifications
      WHERE notifications.id = ANY (ARRAY[root_id, own.id]) AND acknowledged_at IS NOT NULL AND completed_at IS NULL);
    UPDATE public.notifications SET completed_at = clock_timestamp(), completed_by = person, unacknowledge_until = NULL WHERE notifications.id = ANY (heads);
    UPDATE public.notifications SET remind_at = NULL, behind = behind OR EXISTS (SELECT FROM public.notifications AS copy
      WHERE copy.escalated_from = root_id AND copy.acknowledged_at IS NOT NULL AND copy.completed_at IS NULL)
      WHERE notifications.id = root_id RETURNING notifications.behind INTO is_behind;
    INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
    VALUES (own.id, own.user_id, own.territory_id, 'completed');
    changes := @stamp_changes(heads);
    SELECT * INTO own FROM public.notifications WHERE notifications.id = complete.id;
    PERFORM set_config('app.actor', 'user:' || person, true);
    PERFORM @put_on_record('notification.complete', 'ok', own.territory_id, own.id, jsonb_build_object('root_id', root_id));
  END IF;
  RETURN jsonb_build_object('kind', 'done', 'notification', to_jsonb(own), 'changes', changes, 'rootId', root_id, 'closing', false,
    'behind', CASE WHEN is_behind THEN jsonb_build_array(root_id) ELSE '[]' END);
END $$;
