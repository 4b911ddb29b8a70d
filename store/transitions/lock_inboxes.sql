-- Locks the inboxes of some notifications' recipients, then the notifications, each in the order of their ids; the digests in which they are shown first,
-- since whoever changes a digest comes to its items by it. The actor stays.
CREATE FUNCTION @lock_inboxes(notifications uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  actor CONSTANT text := current_setting('app.actor');
  shown_in uuid;
  -- An array, not a join: a join would ask the policy about every inbox there is.
  people CONSTANT text[] := ARRAY(SELECT user_id FROM public.notifications WHERE id = ANY (lock_inboxes.notifications) AND user_id IS NOT NULL);
BEGIN
  IF cardinality(people) > 1 THEN PERFORM @name_page(lock_inboxes.notifications, people); END IF;
  PERFORM FROM public.inboxes WHERE user_id = ANY (people) ORDER BY id FOR NO KEY UPDATE;
  FOREACH shown_in IN ARRAY @digests_of(lock_inboxes.notifications) LOOP
    PERFORM set_config('app.actor', 'worker:' || shown_in, true);
    PERFORM FROM public.notifications WHERE id = shown_in FOR NO KEY UPDATE;
  END LOOP;
  PERFORM set_config('app.actor', actor, true);
  PERFORM FROM public.notifications WHERE id = ANY (lock_inboxes.notifications) ORDER BY id FOR NO KEY UPDATE;
END $$;
