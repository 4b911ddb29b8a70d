-- Records whom of a broadcast's page the sockets told, as tell_each does.
CREATE FUNCTION @tell_page(send_id uuid, live uuid[], offline uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM set_config('app.actor', 'worker:' || tell_page.send_id, true);
  PERFORM @tell_each(live, offline);
END $$;
