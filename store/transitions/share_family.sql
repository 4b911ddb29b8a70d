-- Takes the family's lock of an escalated copy beside others who do so, before any other lock: whoever ends the alert waits for them, and they for that.
-- Answers the notification that it is a copy of; null for one that is no copy, which needs no such lock.
CREATE FUNCTION @share_family(copy uuid) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  root CONSTANT uuid := (SELECT escalated_from FROM public.notifications WHERE notifications.id = copy);
BEGIN
  IF root IS NOT NULL THEN PERFORM pg_advisory_xact_lock_shared(hashtextextended(root::text, 2)); END IF;
  RETURN root;
END $$;
