-- Whom each step of rules that are only being written would mean, if an alert of the territory took it now: as step_people answers for an alert. The actor is the territory's.
--   on_call   who has each on-call role, {role: [person]}; while roles are not among them it answers {asks: [role], territoryId}
-- Answers {steps: [{people, absent}]}, in the order of the steps; both null for a step back to the recipient, who differs from alert to alert.
CREATE FUNCTION @draft_reach(territory text, steps jsonb, on_call jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  asked text[] := ARRAY(SELECT unnest(@on_call_roles(draft_reach.territory, step->'to')) FROM jsonb_array_elements(draft_reach.steps) AS step);
BEGIN
  IF NOT on_call ?& asked THEN RETURN jsonb_build_object('asks', ARRAY(SELECT DISTINCT unnest(asked)), 'territoryId', draft_reach.territory); END IF;
  -- Of an alert that there is not, nobody has acknowledged anything.
  alert.territory_id := draft_reach.territory;
  RETURN jsonb_build_object('steps', (SELECT jsonb_agg(CASE WHEN step->'to' ? 'recipient' THEN '{"people": null, "absent": null}'
      ELSE @step_people(alert, step, on_call) - 'step' END ORDER BY place)
    FROM jsonb_array_elements(draft_reach.steps) WITH ORDINALITY AS drafted (step, place)));
END $$;
