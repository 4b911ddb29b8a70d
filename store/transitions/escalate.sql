-- Takes step `number` (from 0) of an alert, once its people were told: writes it to timeline and record, and when the next step is due. A
-- step that reached nobody is over at once. Answers the work left, as work_left does.
--   whom       "recipient", "person", "on_call" or the role that people have
--   told       the notifications of those whom it told by a channel, those whom it names first; absent: the ids of those whom it names and
--              who can't be reached, of whom the record names 300 and says how many: they have left, are disabled, or have no way by its channels
--   gap        whether it is the fallback's of the on-call role that it names
--   next_seconds   from now on until the next step, by the rules, which the caller knows
--   exhausted  the rules are used up: the last resort comes next
CREATE FUNCTION @escalate(
  root uuid, number integer, whom text, told uuid[], absent jsonb, gap boolean, next_seconds integer, exhausted boolean
) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  told_people text[];
  present text[];
  people integer;
  target jsonb;
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  PERFORM @lock_family(root);
  SELECT * INTO alert FROM public.notifications WHERE notifications.id = root FOR NO KEY UPDATE;
  -- Somebody may have left, or have been disabled, since the step was planned.
  told_people := ARRAY(SELECT notifications.user_id FROM public.notifications WHERE notifications.id = ANY (told));
  present := @active_among(told_people, alert.territory_id);
  people := cardinality(present);
  IF alert.next_step_at IS NOT NULL AND alert.next_step = number THEN
    target := @step_of(alert)->'step'->'to';
    UPDATE public.notifications SET next_step = number + 1,
      next_step_at = clock_timestamp() + make_interval(secs => CASE WHEN people = 0 AND NOT exhausted THEN 0 ELSE next_seconds END),
      exhausted_at = CASE WHEN exhausted THEN coalesce(exhausted_at, clock_timestamp()) END
    WHERE notifications.id = root;
    INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status, reason, attempt)
    VALUES (root, alert.user_id, alert.territory_id, 'escalated', CASE WHEN people > 0 THEN 'to_' || whom ELSE 'to_nobody' END, number - alert.first_round + 1);
    PERFORM @put_on_record('notification.escalate', CASE WHEN people > 0 THEN 'ok' ELSE 'failed' END, alert.territory_id, root,
      jsonb_build_object('step', number - alert.first_round + 1, 'to', whom, 'people', people,
        'absent', @first_of(absent || to_jsonb(ARRAY(SELECT unnest(told_people) EXCEPT SELECT unnest(present) ORDER BY 1)))) || CASE whom
        WHEN 'topic' THEN jsonb_build_object('topic', target->>'topic')
        WHEN 'on_call' THEN jsonb_build_object('role', target->>'role', 'user_id', (SELECT notifications.user_id FROM public.notifications
          WHERE notifications.id = ANY (told) ORDER BY array_position(told, notifications.id) LIMIT 1))
          || CASE WHEN gap THEN '{"gap": true}'::jsonb ELSE '{}' END
        ELSE '{}' END);
  END IF;
  RETURN @work_left(root);
END $$;
