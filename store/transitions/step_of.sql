-- The step that comes next for an alert unless somebody acknowledges, whether it is due or not; null where none is to come. After the last step and its
-- repeats comes the territory's last resort, again and again: the people whom its settings name, or else its supervisors. The actor is the alert's worker.
-- Answers {step, number, total, first, nextSeconds}: `number` as next_step counts, `first` the number with which the alert's rules began, `total` the
-- number of the first last resort.
CREATE FUNCTION @step_of(alert public.notifications) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  steps CONSTANT jsonb := alert.escalation->'steps';
  several CONSTANT integer := jsonb_array_length(alert.escalation->'steps');
  taken CONSTANT integer := alert.next_step - alert.first_round;
  planned CONSTANT integer := several * (coalesce((alert.escalation->>'repeat')::integer, 0) + 1);
BEGIN
  IF steps IS NULL OR alert.next_step_at IS NULL OR alert.status IN ('expired', 'cancelled') OR alert.expires_at <= clock_timestamp() THEN RETURN NULL; END IF;
  RETURN jsonb_build_object('number', alert.next_step, 'first', alert.first_round, 'total', alert.first_round + planned,
    'nextSeconds', coalesce((steps->((taken + 1) % several)->>'after_seconds')::integer, 0),
    'step', CASE WHEN taken < planned THEN steps->(taken % several) ELSE jsonb_build_object('last_resort', true, 'to', coalesce(
      (SELECT settings->'last_resort' FROM public.territories WHERE territories.id = alert.territory_id), '{"role": "supervisor"}')) END);
END $$;
