-- The steps of some rules in their order, repeats included, and behind them the last resort of a territory, as step_of answers each for an alert with these rules. The actor sees the territory.
-- Answers [{step, number, total, first, nextSeconds}]
CREATE FUNCTION @rule_steps(territory text, rules jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  due jsonb;
  steps jsonb := '[]';
BEGIN
  alert.territory_id := rule_steps.territory;
  alert.escalation := rules;
  alert.next_step_at := clock_timestamp();
  alert.first_round := 0;
  alert.next_step := 0;
  LOOP
    due := @step_of(alert);
    IF due IS NULL THEN RETURN steps; END IF;
    steps := steps || due;
    IF due->'step' ? 'last_resort' THEN RETURN steps; END IF;
    alert.next_step := alert.next_step + 1;
  END LOOP;
END $$;
