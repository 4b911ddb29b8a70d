-- The due step of an alert, and the people whom it tells now; null where no step is due. After the last step and its repeats comes the
-- territory's last resort, again and again: the people whom its settings name, or else its supervisors. The recipients of a broadcast's
-- alert are those who have not acknowledged it.
--   on_call   who has the step's on-call role now, where it names one; null while that is not known: then it answers {onCall: that role, territoryId}
-- Answers {step, number, total, territoryId, targets, absent}: targets as `wishes` answers them; absent are people named who can't be reached.
CREATE FUNCTION @step_targets(root uuid, on_call text[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  steps jsonb;
  total integer;
  step jsonb;
  target jsonb;
  people text[];
  present text[];
  active text[];
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  SELECT * INTO alert FROM public.notifications WHERE notifications.id = root;
  IF alert.id IS NULL OR alert.escalation IS NULL OR alert.next_step_at IS NULL OR alert.next_step_at > clock_timestamp()
    OR alert.status IN ('expired', 'cancelled') THEN
    RETURN NULL;
  END IF;
  steps := alert.escalation->'steps';
  total := alert.first_round + jsonb_array_length(steps) * (coalesce((alert.escalation->>'repeat')::integer, 0) + 1);
  IF alert.next_step < total THEN
    step := steps->((alert.next_step - alert.first_round) % jsonb_array_length(steps));
  ELSE
    step := jsonb_build_object('last_resort', true, 'to', coalesce(
      (SELECT settings->'last_resort' FROM public.territories WHERE territories.id = alert.territory_id), '{"role": "supervisor"}'));
  END IF;
  target := step->'to';
  IF target->>'role' NOT IN ('clinician', 'supervisor') AND on_call IS NULL THEN
    RETURN jsonb_build_object('onCall', target->>'role', 'territoryId', alert.territory_id);
  END IF;
  people := CASE
    WHEN target ? 'recipient' AND alert.user_id IS NULL THEN ARRAY(SELECT notifications.user_id FROM public.notifications
      WHERE notifications.send_id = root AND notifications.user_id IS NOT NULL AND notifications.escalated_from IS NULL
        AND notifications.acknowledged_at IS NULL AND notifications.status NOT IN ('expired', 'cancelled'))
    WHEN target ? 'recipient' THEN ARRAY[alert.user_id]
    WHEN target ? 'user_id' THEN ARRAY[target->>'user_id']
    WHEN target->>'role' NOT IN ('clinician', 'supervisor') THEN on_call
    ELSE ARRAY(SELECT DISTINCT memberships.user_id FROM public.memberships
      WHERE memberships.territory_id = alert.territory_id AND memberships.role = target->>'role') END;
  active := @active_people(alert.territory_id, NULL);
  -- Who declined is asked again by the last resort alone.
  IF NOT step ? 'last_resort' THEN
    people := ARRAY(SELECT person FROM unnest(people) AS person WHERE person <> ALL (ARRAY(
      SELECT notifications.user_id FROM public.notifications WHERE notifications.id = root AND notifications.declined_at IS NOT NULL
      UNION ALL SELECT notifications.user_id FROM public.notifications
      WHERE notifications.escalated_from = root AND notifications.declined_at IS NOT NULL)));
  END IF;
  present := ARRAY(SELECT person FROM unnest(people) AS person WHERE person = ANY (active) ORDER BY person);
  -- A last resort that can't be reached is none.
  IF step ? 'last_resort' AND cardinality(present) = 0 THEN
    step := '{"last_resort": true, "to": {"role": "supervisor"}}';
    present := @active_people(alert.territory_id, 'supervisor');
  END IF;
  RETURN jsonb_build_object('step', step, 'number', alert.next_step, 'total', total,
    'nextSeconds', coalesce((steps->((alert.next_step - alert.first_round + 1) % jsonb_array_length(steps))->>'after_seconds')::integer, 0), 'category', alert.category, 'priority', alert.priority,
    'recipient', alert.user_id, 'territoryId', alert.territory_id,
    'targets', @wishes(present),
    'absent', to_jsonb(ARRAY(SELECT person FROM unnest(people) AS person WHERE person <> ALL (present) ORDER BY person)));
END $$;
