-- Ends the alert of a problem, with its copies, since its service says that the problem is over: nobody else is told, each says who resolved it and
-- when, and an acknowledgement, from before or after, stays. What was sent with the key and is still on its way arrives resolved. Resolving again
-- changes nothing. Answers {alerts, changes, waiting, behind}: of the key's alert, and of what is on its way, {notification_id, territory_id, resolved_at}; which of
-- them waited for a step, and which of them follow has to bring to their copies.
CREATE FUNCTION @resolve(service uuid, hash bytea) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  by_name text;
  roots uuid[];
  root uuid;
  ended public.notifications;
  behind uuid[] := '{}';
  coming record;
  changes jsonb := '[]';
  waiting uuid[] := '{}';
BEGIN
  PERFORM set_config('app.actor', 'sign-in', true);
  SELECT services.name INTO by_name FROM public.services WHERE services.id = resolve.service;
  PERFORM set_config('app.actor', 'service:' || service, true);
  PERFORM @lock_problem(hash);
  FOR coming IN UPDATE public.sends SET resolved_at = clock_timestamp(), resolved_by = by_name
    WHERE sends.dedup_hash = hash AND sends.status = 'accepted' AND sends.resolved_at IS NULL RETURNING sends.id, sends.territory_id LOOP
    PERFORM @put_on_record('notification.resolve', 'ok', coming.territory_id, coming.id, '{"on_its_way": true}');
  END LOOP;
  roots := ARRAY(SELECT alert.id FROM public.sends JOIN public.notifications AS alert ON alert.id = sends.id
    WHERE sends.dedup_hash = hash AND sends.status = 'persisted' AND alert.resolved_at IS NULL AND alert.status <> 'cancelled' ORDER BY alert.id);
  FOREACH root IN ARRAY roots LOOP
    PERFORM @lock_family(root);
    -- The service may only read the alert; the alert's workflow may change it.
    PERFORM set_config('app.actor', 'worker:' || root, true);
    PERFORM @lock_inboxes(ARRAY[root]);
    SELECT * INTO ended FROM public.notifications WHERE notifications.id = root;
    IF ended.next_step_at IS NOT NULL THEN waiting := waiting || root; END IF;
    ended.resolved_at := clock_timestamp();
    ended.resolved_by := by_name;
    PERFORM @resolve_some(ARRAY[root], ended);
    IF EXISTS (SELECT FROM public.notifications WHERE notifications.escalated_from = root AND notifications.resolved_at IS NULL) THEN
      UPDATE public.notifications SET behind = true WHERE notifications.id = root;
      behind := behind || root;
    END IF;
    changes := changes || @stamp_changes(ARRAY[root]) || @tell_digests(@digests_of(ARRAY[root]));
    PERFORM set_config('app.actor', 'service:' || service, true);
    PERFORM @put_on_record('notification.resolve', 'ok', ended.territory_id, root, '{}');
  END LOOP;
  RETURN jsonb_build_object('changes', changes, 'waiting', to_jsonb(waiting), 'behind', to_jsonb(behind), 'alerts', (SELECT coalesce(jsonb_agg(jsonb_build_object('notification_id', one.id,
      'territory_id', one.territory_id, 'resolved_at', one.at) ORDER BY one.id), '[]') FROM (
    SELECT sends.id, sends.territory_id, coalesce(alert.resolved_at, sends.resolved_at) AS at
    FROM public.sends LEFT JOIN public.notifications AS alert ON alert.id = sends.id
    WHERE sends.dedup_hash = hash AND sends.status IN ('accepted', 'persisted')) AS one WHERE one.at IS NOT NULL));
END $$;
