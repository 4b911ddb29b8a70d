-- The first 300 of a list, for the record: an event has its bound, and no act is to fail because it is about many. Behind them stands how many there are.
CREATE FUNCTION @first_of(list jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF coalesce(jsonb_array_length(list), 0) <= 300 THEN RETURN list; END IF;
  RETURN (SELECT jsonb_agg(item ORDER BY place) FROM jsonb_array_elements(list) WITH ORDINALITY AS each (item, place) WHERE place <= 300)
    || to_jsonb(jsonb_array_length(list));
END $$;
