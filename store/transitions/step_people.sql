-- Whom a step of an alert means now. The recipients of a broadcast's alert are those who have not acknowledged it. Nobody is told again who acknowledged, where
-- others have to as well, and who declined is asked again by the last resort alone. The actor is the alert's worker.
--   on_call   who has each on-call role that on_call_roles names, {role: [person]}
-- Answers {step, people, absent}: the step itself, or another one where the last resort that is set has nobody; absent are people named who have left or are disabled.
CREATE FUNCTION @step_people(alert public.notifications, step jsonb, on_call jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  target CONSTANT jsonb := step->'to';
  is_last CONSTANT boolean := step ? 'last_resort';
  holders CONSTANT text[] := ARRAY(SELECT jsonb_array_elements_text(on_call->role)
    FROM unnest(@on_call_roles(alert.territory_id, step->'to')) AS role);
  named text[];
  answered text[];
  present text[];
BEGIN
  named := CASE
    WHEN target ? 'recipient' AND alert.user_id IS NULL THEN ARRAY(SELECT notifications.user_id FROM public.notifications
      WHERE notifications.send_id = alert.id AND notifications.user_id IS NOT NULL AND notifications.escalated_from IS NULL
        AND notifications.acknowledged_at IS NULL AND notifications.status NOT IN ('expired', 'cancelled')
      -- Who acknowledged as somebody's delegate did so for them.
      EXCEPT SELECT unnest(notifications.covers_for) FROM public.notifications WHERE notifications.send_id = alert.id
        AND notifications.escalated_from IS NULL AND notifications.covers_for <> '{}' AND notifications.acknowledged_at IS NOT NULL)
    WHEN target ? 'recipient' THEN ARRAY[alert.user_id]
    WHEN target ? 'user_id' THEN ARRAY[target->>'user_id']
    -- One that was deleted has nobody.
    WHEN target ? 'topic' THEN coalesce(@topic_people(alert.territory_id, target->>'topic', holders, NULL), '{}')
    WHEN target->>'role' NOT IN ('clinician', 'supervisor') THEN holders
    ELSE ARRAY(SELECT DISTINCT memberships.user_id FROM public.memberships
      WHERE memberships.territory_id = alert.territory_id AND memberships.role = target->>'role') END;
  answered := ARRAY(
    SELECT notifications.user_id FROM public.notifications WHERE notifications.id = alert.id
      AND (notifications.acknowledged_at IS NOT NULL OR notifications.declined_at IS NOT NULL AND NOT is_last)
    UNION ALL SELECT notifications.user_id FROM public.notifications WHERE notifications.escalated_from = alert.id
      AND (notifications.acknowledged_at IS NOT NULL OR notifications.declined_at IS NOT NULL AND NOT is_last));
  -- Sets are compared as sets: a role may have thousands of people. Who is active is asked of them, not of the whole territory.
  named := ARRAY(SELECT unnest(named) EXCEPT SELECT unnest(answered));
  present := @active_among(named, alert.territory_id);
  -- A last resort that can't be reached is none.
  IF is_last AND cardinality(present) = 0 THEN
    step := '{"last_resort": true, "to": {"role": "supervisor"}}';
    present := ARRAY(SELECT unnest(@active_people(alert.territory_id, 'supervisor')) EXCEPT SELECT unnest(answered) ORDER BY 1);
  END IF;
  RETURN jsonb_build_object('step', step, 'people', present, 'absent', ARRAY(SELECT unnest(named) EXCEPT SELECT unnest(present) ORDER BY 1));
END $$;
