-- The arrivals that are left of a send beside those that are items of digests. Whoever covers somebody gets a copy of their digest, not of its items.
--   items   [{userId}]
CREATE FUNCTION @beside_digests(arrivals jsonb, items jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  people CONSTANT text[] := ARRAY(SELECT item->>'userId' FROM jsonb_array_elements(items) AS item);
BEGIN
  RETURN (
    WITH beside AS (
      SELECT CASE WHEN arrival ? 'coversFor' THEN arrival || jsonb_build_object('coversFor', ARRAY(
        SELECT person FROM jsonb_array_elements_text(arrival->'coversFor') AS person WHERE person <> ALL (people))) ELSE arrival END AS arrival, place
      FROM jsonb_array_elements(arrivals) WITH ORDINALITY AS listed (arrival, place) WHERE arrival->>'userId' <> ALL (people))
    SELECT coalesce(jsonb_agg(beside.arrival ORDER BY beside.place), '[]') FROM beside WHERE beside.arrival->'coversFor' IS DISTINCT FROM '[]');
END $$;
