-- Leaves sends of a page of a bulk for later, and those that no page takes to workflows of their own, which the backlog begins.
--   held, ms    for how long each of these waits
CREATE FUNCTION @bulk_left(territory text, alone uuid[], held uuid[], ms bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM set_config('app.actor', 'bulk:' || bulk_left.territory, true);
  UPDATE public.sends SET alone = true
  WHERE sends.id IN (SELECT unnest(bulk_left.alone)) AND sends.status = 'accepted' AND NOT sends.alone;
  UPDATE public.sends SET next_start_at = clock_timestamp() + waits.ms * interval '1 millisecond'
  FROM unnest(bulk_left.held, bulk_left.ms) AS waits (id, ms)
  WHERE sends.id = waits.id AND sends.id IN (SELECT unnest(bulk_left.held)) AND sends.status = 'accepted';
END $$;
