-- The arrival of somebody whom nobody covers any more: with the channels that were left out because somebody did.
CREATE FUNCTION @uncovered(arrival jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_set(arrival, '{deliveries}', coalesce((
    SELECT jsonb_agg(CASE WHEN one->>'skip' = 'covered' THEN one || '{"skip": null}' ELSE one END ORDER BY place)
    FROM jsonb_array_elements(arrival->'deliveries') WITH ORDINALITY AS planned (one, place)), '[]'))
$$;
