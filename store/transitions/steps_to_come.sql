-- The steps that come next for some alerts of one territory, and whom each would tell if it came now, as step_targets will answer it. Nothing is locked or written.
--   ahead     how many steps to pass over: 0 for the next one
-- The recipients of a broadcast are not looked up, who may be thousands: `people` is null for a step that tells them.
--   on_call   as of step_targets; while roles are not among them it answers {asks: [role], territoryId}
-- Answers {steps: {<id>: {step, number, total, first, people, covers}}, wishes: {<person>: {preferences, channels, now}}}: covers are {<person>: as cover_of answers}.
CREATE FUNCTION @steps_to_come(roots uuid[], ahead integer, on_call jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alerts public.notifications[] := '{}';
  alert public.notifications;
  root uuid;
  step jsonb;
  steps jsonb := '{}';
  covers jsonb;
  asked text[] := '{}';
  people text[] := '{}';
  away text[];
BEGIN
  FOREACH root IN ARRAY roots LOOP
    PERFORM set_config('app.actor', 'worker:' || root, true);
    SELECT * INTO alert FROM public.notifications WHERE notifications.id = root;
    alert.next_step := alert.next_step + ahead;
    step := @step_of(alert);
    CONTINUE WHEN step IS NULL;
    alerts := array_append(alerts, alert);
    steps := steps || jsonb_build_object(root, step);
    asked := asked || @on_call_roles(alert.territory_id, step->'step'->'to');
  END LOOP;
  IF NOT on_call ?& asked THEN RETURN jsonb_build_object('asks', ARRAY(SELECT DISTINCT unnest(asked)), 'territoryId', (alerts[1]).territory_id); END IF;
  FOREACH alert IN ARRAY alerts LOOP
    step := steps->(alert.id::text);
    PERFORM set_config('app.actor', 'worker:' || alert.id, true);
    step := step || CASE WHEN alert.user_id IS NULL AND step->'step'->'to' ? 'recipient' THEN '{"people": null}' ELSE @step_people(alert, step->'step', on_call) END;
    steps := steps || jsonb_build_object(alert.id, step || '{"covers": {}}');
    people := people || ARRAY(SELECT jsonb_array_elements_text(nullif(step->'people', 'null')));
  END LOOP;
  people := ARRAY(SELECT DISTINCT unnest(people));
  PERFORM @name_page('{}', people);
  -- Who somebody's delegate is depends on the alert, which they may have declined; few are away.
  away := ARRAY(SELECT availability.user_id FROM public.availability WHERE availability.user_id = ANY (people)
    AND availability.until > clock_timestamp() AND availability.delegate_id IS NOT NULL);
  IF away <> '{}' THEN
    FOREACH alert IN ARRAY alerts LOOP
      PERFORM set_config('app.actor', 'worker:' || alert.id, true);
      SELECT jsonb_object_agg(person, @cover_of(person)) INTO covers FROM unnest(away) AS person WHERE steps->(alert.id::text)->'people' ? person;
      IF covers IS NOT NULL THEN steps := jsonb_set(steps, ARRAY[alert.id::text, 'covers'], covers); END IF;
    END LOOP;
  END IF;
  RETURN jsonb_build_object('steps', steps, 'wishes', coalesce((SELECT jsonb_object_agg(person, jsonb_build_object(
      'preferences', (SELECT settings FROM public.preferences WHERE preferences.user_id = person),
      'channels', ARRAY(SELECT channel FROM public.contact_points WHERE contact_points.user_id = person AND verified_at IS NOT NULL), 'now', clock_timestamp()))
    FROM unnest(people) AS person), '{}'));
END $$;
