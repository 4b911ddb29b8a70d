-- Waits until what a person's former wishes hold is written, once they have changed them: from then on, nothing is held by those. Takes no other lock.
CREATE FUNCTION @await_wishes(person text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('wishes ' || (hashtext(person) & 63), 9));
END $$;
