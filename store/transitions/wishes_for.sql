-- The wishes and channels of some people of the territory of a notification, as `wishes` answers them for its own workflow.
CREATE FUNCTION @wishes_for(root uuid, people text[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  PERFORM @name_page('{}', people);
  RETURN @wishes(people);
END $$;
