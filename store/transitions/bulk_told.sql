-- Does for a page of a bulk what tell_page does for one of a broadcast.
CREATE FUNCTION @bulk_told(territory text, live uuid[], offline uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM set_config('app.actor', 'bulk:' || bulk_told.territory, true);
  PERFORM @tell_each(live, offline);
END $$;
