-- The digests in which some notifications are shown, in the order of their ids.
CREATE FUNCTION @digests_of(notifications uuid[]) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF cardinality(notifications) = 0 THEN RETURN '{}'; END IF;
  -- The rows first, by their ids: else PostgreSQL may take the index of all items for the way to them.
  RETURN ARRAY(SELECT DISTINCT had.digest FROM (SELECT one.digest FROM public.notifications AS one
    WHERE one.id = ANY (digests_of.notifications) OFFSET 0) AS had WHERE had.digest IS NOT NULL ORDER BY had.digest);
END $$;
