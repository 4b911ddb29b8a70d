-- Locks the inboxes of some notifications' recipients, then the notifications, each in the order of their ids.
CREATE FUNCTION @lock_inboxes(notifications uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  -- An array, not a join: a join would ask the policy about every inbox there is.
  PERFORM FROM public.inboxes WHERE user_id = ANY (ARRAY(
    SELECT user_id FROM public.notifications WHERE id = ANY (lock_inboxes.notifications))) ORDER BY id FOR NO KEY UPDATE;
  PERFORM FROM public.notifications WHERE id = ANY (lock_inboxes.notifications) ORDER BY id FOR NO KEY UPDATE;
END $$;
