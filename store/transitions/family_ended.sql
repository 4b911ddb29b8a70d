-- How the alert of a family ended, while that may not have come to its copies yet; null while it goes on. The caller holds the family's lock. The actor stays.
CREATE FUNCTION @family_ended(root uuid) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  actor CONSTANT text := current_setting('app.actor');
  ended text;
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  SELECT CASE WHEN status = 'cancelled' THEN 'cancelled' WHEN closed_at IS NOT NULL THEN 'closed' WHEN closing THEN 'already_handled'
    WHEN resolved_at IS NOT NULL THEN 'resolved' WHEN replaced_at IS NOT NULL THEN 'replaced' END
    INTO ended FROM public.notifications WHERE notifications.id = root;
  PERFORM set_config('app.actor', actor, true);
  RETURN ended;
END $$;
