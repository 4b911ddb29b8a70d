-- The next step of the alerts among a person's notifications that wait for an acknowledgement: when it is due, and whom it tells. That of a copy is the
-- step of the notification which it is a copy of, that of a broadcast's is the broadcast's. Once the rules are used up it is the last resort.
-- Whoever a rule names is named to those who have the alert; the actor of the alert's own workflow sees the people of its territory alone.
-- Answers {<id of the notification>: {at, user_id, name, role, topic, last_resort, of_broadcast}}: a person's id and name, a role or a topic.
CREATE FUNCTION @next_steps(person text, ids uuid[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  answer jsonb := '{}';
  waiting jsonb;
  one jsonb;
  root public.notifications;
  upcoming jsonb;
  target jsonb;
  whom text;
BEGIN
  PERFORM set_config('app.actor', 'user:' || person, true);
  waiting := coalesce((SELECT jsonb_agg(jsonb_build_object('id', own.id, 'root', coalesce(own.escalated_from, own.send_id),
      'of_broadcast', own.escalated_from IS NULL AND own.id <> own.send_id)) FROM public.notifications AS own
    WHERE own.id IN (SELECT unnest(next_steps.ids)) AND own.user_id = next_steps.person AND own.status IN ('sent', 'delivered', 'read')), '[]');
  FOR one IN SELECT jsonb_array_elements(waiting) LOOP
    PERFORM set_config('app.actor', 'worker:' || (one->>'root'), true);
    SELECT * INTO root FROM public.notifications WHERE notifications.id = (one->>'root')::uuid;
    upcoming := @step_of(root);
    CONTINUE WHEN upcoming IS NULL;
    target := upcoming->'step'->'to';
    whom := CASE WHEN target ? 'recipient' THEN root.user_id ELSE target->>'user_id' END;
    answer := answer || jsonb_build_object(one->>'id', jsonb_build_object('at', root.next_step_at, 'user_id', whom,
      'name', (SELECT users.name FROM public.users WHERE users.id = whom), 'role', target->>'role', 'topic', target->>'topic', 'last_resort', upcoming->'step' ? 'last_resort',
      'of_broadcast', one->'of_broadcast'));
  END LOOP;
  PERFORM set_config('app.actor', 'user:' || person, true);
  RETURN answer;
END $$;
