-- Takes the lock of a problem, which a service names by a dedup key in a territory: before every other lock, in a statement of its own, so
-- that the statements after it see what came of the problem so far.
--   hash   of service, territory and key
CREATE FUNCTION @lock_problem(hash bytea) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(encode(hash, 'hex'), 5));
END $$;
