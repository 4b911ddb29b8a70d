-- Ends a notification in favour of the one that a later send makes, and the copy of whoever gets that one: nobody else is told, and each says what replaced it.
-- Follow brings it to the other copies. One that is still on its way arrives so. The caller holds the family's lock. The actor is the former one's worker from here on.
--   arrivals   whose inboxes the new one enters, by which notifications: its recipient's, and behind it that of whoever covers them: [{id, userId}]
-- Answers {changes, own, behind}: the former notification of the recipient's inbox, null where there is none; whether other copies are to follow.
CREATE FUNCTION @replace(former uuid, later uuid, arrivals jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  send public.sends;
  alert public.notifications;
  is_behind boolean;
  family uuid[];
  people text[];
  person CONSTANT text := arrivals->0->>'userId';
BEGIN
  PERFORM set_config('app.actor', 'worker:' || former, true);
  SELECT * INTO send FROM public.sends WHERE sends.id = former FOR NO KEY UPDATE;
  IF send.status <> 'persisted' THEN
    UPDATE public.sends SET replaced_by = later WHERE sends.id = former;
    PERFORM @put_on_record('notification.replace', 'ok', send.territory_id, former, jsonb_build_object('by', later, 'on_its_way', true));
    RETURN jsonb_build_object('changes', '[]'::jsonb, 'behind', false, 'own', CASE WHEN send.user_id = person AND send.status = 'accepted' THEN former END);
  END IF;
  people := ARRAY(SELECT arrival->>'userId' FROM jsonb_array_elements(arrivals) AS arrival);
  -- The copies first: by person, all that they ever had would be read.
  family := former || ARRAY(SELECT copy.id FROM (SELECT notifications.id, notifications.user_id FROM public.notifications
    WHERE notifications.escalated_from = former OFFSET 0) AS copy WHERE copy.user_id = ANY (people));
  people := people || ARRAY(SELECT notifications.user_id FROM public.notifications WHERE notifications.id = former);
  PERFORM FROM public.inboxes WHERE inboxes.user_id = ANY (people) ORDER BY inboxes.id FOR NO KEY UPDATE;
  PERFORM @lock_inboxes(family);
  SELECT * INTO alert FROM public.notifications WHERE notifications.id = former;
  alert.replaced_at := clock_timestamp();
  PERFORM @replace_some(family, alert, arrivals);
  UPDATE public.notifications SET behind = notifications.behind OR EXISTS (SELECT FROM public.notifications AS copy
    WHERE copy.escalated_from = former AND copy.replaced_at IS NULL) WHERE notifications.id = former RETURNING notifications.behind INTO is_behind;
  PERFORM @put_on_record('notification.replace', 'ok', send.territory_id, former, jsonb_build_object('by', later));
  RETURN jsonb_build_object('changes', @stamp_changes(family) || @tell_digests(@digests_of(family)), 'behind', is_behind,
    -- The family's rows first: by person, all that they ever had would be read.
    'own', (SELECT had.id FROM (SELECT notifications.id, notifications.user_id FROM public.notifications
      WHERE notifications.id = ANY (family) OFFSET 0) AS had WHERE had.user_id = person LIMIT 1));
END $$;
