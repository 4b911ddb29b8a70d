-- Takes the lock of a notification and its escalated copies, before any other lock. A transition that looks at all of them takes
-- it in a statement of its own, so that the statements after it see every copy that was committed before.
CREATE FUNCTION @lock_family(root uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(root::text, 2));
END $$;
