-- Holds what somebody's quiet hours hold until another time, once they have changed them. The relay tells the workflows, which wait for the former one.
--   until   null: nothing is held any more
-- Answers how many deliveries.
CREATE FUNCTION @hold_anew(person text, until timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  held integer;
BEGIN
  PERFORM set_config('app.actor', 'relay', true);
  UPDATE public.deliveries SET hold_until = coalesce(hold_anew.until, clock_timestamp()), next_check_at = clock_timestamp()
    WHERE id = ANY (ARRAY(SELECT one.id FROM public.deliveries AS one WHERE one.user_id = person AND one.status = 'queued' AND one.hold_until > clock_timestamp()
      AND one.reason = 'quiet_hours' AND one.hold_until IS DISTINCT FROM hold_anew.until ORDER BY one.id FOR NO KEY UPDATE));
  GET DIAGNOSTICS held = ROW_COUNT;
  RETURN held;
END $$;
