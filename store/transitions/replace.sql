-- Ends a notification and its copies in favour of the one that a later send makes: nobody else is told, and each says what replaced it. One
-- that is still on its way arrives so. The caller holds the family's lock. The actor is the former one's worker from here on.
--   person   whose inbox the new one enters
-- Answers {changes, own}: the former notification of the same inbox, null where there is none.
CREATE FUNCTION @replace(former uuid, later uuid, person text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  send public.sends;
  family uuid[];
  people text[];
BEGIN
  PERFORM set_config('app.actor', 'worker:' || former, true);
  SELECT * INTO send FROM public.sends WHERE sends.id = former FOR NO KEY UPDATE;
  IF send.status <> 'persisted' THEN
    UPDATE public.sends SET replaced_by = later WHERE sends.id = former;
    RETURN jsonb_build_object('changes', '[]'::jsonb, 'own', CASE WHEN send.user_id = person AND send.status = 'accepted' THEN former END);
  END IF;
  family := ARRAY(SELECT notifications.id FROM public.notifications
    WHERE notifications.id = former OR notifications.escalated_from = former);
  people := ARRAY(SELECT notifications.user_id FROM public.notifications WHERE notifications.id = ANY (family));
  PERFORM FROM public.inboxes WHERE inboxes.user_id = ANY (array_append(people, person)) ORDER BY inboxes.id FOR NO KEY UPDATE;
  PERFORM @lock_inboxes(family);
  UPDATE public.notifications SET next_step_at = NULL, replaced_at = clock_timestamp(), replaced_by = CASE WHEN user_id = person THEN later END
    WHERE notifications.id = ANY (family);
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
  SELECT notifications.id, notifications.user_id, notifications.territory_id, 'replaced' FROM public.notifications WHERE notifications.id = ANY (family);
  PERFORM @skip_waiting(family, NULL, 'replaced', false);
  PERFORM @put_on_record('notification.replace', 'ok', send.territory_id, former, jsonb_build_object('by', later));
  RETURN jsonb_build_object('changes', @stamp_changes(family),
    -- The family's rows first: by person, all that they ever had would be read.
    'own', (SELECT had.id FROM (SELECT notifications.id, notifications.user_id FROM public.notifications
      WHERE notifications.id = ANY (family) OFFSET 0) AS had WHERE had.user_id = person LIMIT 1));
END $$;
