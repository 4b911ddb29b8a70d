-- Says on which notifications a transition is going to work, and on which people, so that policies ask once a statement instead of once a row. They let
-- nobody see more by it: the names of others are passed over. The actor sees these notifications, and is a workflow.
CREATE FUNCTION @name_page(notifications uuid[], people text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.people', to_jsonb(people)::text, true), set_config('app.page', notifications::text, true);
END $$;
