-- Ends the alert of a problem, with its copies, since its service says that the problem is over: nobody else is told, each says who resolved it and
-- when, and an acknowledgement, from before or after, stays. What was sent with the key and is still on its way arrives resolved. Resolving again
-- changes nothing. Answers {alerts, changes}: of the key's alert, and of what is on its way, {notification_id, territory_id, resolved_at}.
CREATE FUNCTION @resolve(service uuid, hash bytea) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  by_name text;
  roots uuid[];
  root uuid;
  family uuid[];
  territory text;
  changes jsonb := '[]';
BEGIN
  PERFORM set_config('app.actor', 'sign-in', true);
  SELECT services.name INTO by_name FROM public.services WHERE services.id = resolve.service;
  PERFORM set_config('app.actor', 'service:' || service, true);
  PERFORM @lock_problem(hash);
  UPDATE public.sends SET resolved_at = clock_timestamp(), resolved_by = by_name
    WHERE sends.dedup_hash = hash AND sends.status = 'accepted' AND sends.resolved_at IS NULL;
  roots := ARRAY(SELECT alert.id FROM public.sends JOIN public.notifications AS alert ON alert.id = sends.id
    WHERE sends.dedup_hash = hash AND sends.status = 'persisted' AND alert.resolved_at IS NULL AND alert.status <> 'cancelled' ORDER BY alert.id);
  FOREACH root IN ARRAY roots LOOP
    PERFORM @lock_family(root);
    -- The service may only read the alert; the alert's workflow may change it.
    PERFORM set_config('app.actor', 'worker:' || root, true);
    family := ARRAY(SELECT notifications.id FROM public.notifications WHERE notifications.id = root OR notifications.escalated_from = root);
    PERFORM @lock_inboxes(family);
    UPDATE public.notifications SET next_step_at = NULL, resolved_at = clock_timestamp(), resolved_by = by_name WHERE notifications.id = ANY (family);
    INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
    SELECT notifications.id, notifications.user_id, notifications.territory_id, 'resolved' FROM public.notifications WHERE notifications.id = ANY (family)
    ORDER BY notifications.created_at, notifications.id;
    PERFORM @skip_waiting(family, NULL, 'resolved', false);
    changes := changes || @stamp_changes(family);
    PERFORM set_config('app.actor', 'service:' || service, true);
    SELECT notifications.territory_id INTO territory FROM public.notifications WHERE notifications.id = root;
    PERFORM @put_on_record('notification.resolve', 'ok', territory, root, '{}');
  END LOOP;
  RETURN jsonb_build_object('changes', changes, 'alerts', (SELECT coalesce(jsonb_agg(jsonb_build_object('notification_id', one.id,
      'territory_id', one.territory_id, 'resolved_at', one.at) ORDER BY one.id), '[]') FROM (
    SELECT sends.id, sends.territory_id, coalesce(alert.resolved_at, sends.resolved_at) AS at
    FROM public.sends LEFT JOIN public.notifications AS alert ON alert.id = sends.id
    WHERE sends.dedup_hash = hash AND sends.status IN ('accepted', 'persisted')) AS one WHERE one.at IS NOT NULL));
END $$;
