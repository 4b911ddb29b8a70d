-- The due step of an alert, and the people whom it tells now; null where no step is due.
--   on_call   who has which on-call role now, {role: [person]}; while a role that the step asks for is not among them it answers {asks: [role], territoryId}
-- Answers {step, number, total, nextSeconds, category, priority, recipient, territoryId, targets, absent}: as step_of and step_people do, targets as `wishes` answers them.
CREATE FUNCTION @step_targets(root uuid, on_call jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  due jsonb;
  asked text[];
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  SELECT * INTO alert FROM public.notifications WHERE notifications.id = root;
  due := @step_of(alert);
  IF due IS NULL OR alert.next_step_at > clock_timestamp() THEN RETURN NULL; END IF;
  asked := @on_call_roles(alert.territory_id, due->'step'->'to');
  IF NOT on_call ?& asked THEN RETURN jsonb_build_object('asks', asked, 'territoryId', alert.territory_id); END IF;
  due := due || @step_people(alert, due->'step', on_call) || jsonb_build_object('category', alert.category, 'priority', alert.priority,
    'recipient', alert.user_id, 'territoryId', alert.territory_id);
  PERFORM @name_page('{}', ARRAY(SELECT jsonb_array_elements_text(due->'people')));
  RETURN due - 'people' || jsonb_build_object('targets', @wishes(ARRAY(SELECT jsonb_array_elements_text(due->'people'))));
END $$;
