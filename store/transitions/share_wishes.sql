-- Takes the lock under which some people's quiet hours hold something, beside others who do so: whoever changes their wishes waits until that is written
-- (await_wishes), and who holds something looks at the wishes once more. A lock is several people's, so that thousands take few.
CREATE FUNCTION @share_wishes(people text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('wishes ' || lock, 9))
    FROM (SELECT DISTINCT hashtext(person) & 63 AS lock FROM unnest(people) AS person ORDER BY 1) AS locks;
END $$;
