-- Those of some people whom notifications of a territory may reach, in order: of thousands by one look, where is_active looks for each.
CREATE FUNCTION @active_among(people text[], territory text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT ARRAY(SELECT DISTINCT memberships.user_id FROM public.memberships
    WHERE memberships.user_id = ANY (active_among.people) AND memberships.territory_id = active_among.territory AND active
      AND cardinality(active_among.people) > 0 ORDER BY memberships.user_id)
$$;
