-- What is still to be done of the round that a supervisor asked for, as groups_left answers it.
CREATE FUNCTION @round_left(notification uuid, asked_for integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.actor', 'worker:' || notification, true);
  RETURN @groups_left(ARRAY[notification], asked_for);
END $$;
