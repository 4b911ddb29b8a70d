-- The people whom notifications of a territory may reach, each once; with a role, those who have it.
CREATE FUNCTION @active_people(territory text, role text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT memberships.user_id), '{}') FROM public.memberships
  WHERE memberships.territory_id = active_people.territory AND active
    AND (active_people.role IS NULL OR memberships.role = active_people.role)
$$;
