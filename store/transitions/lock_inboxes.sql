-- Locks the inboxes of some notifications' recipients, then the notifications, each in the order of their ids.
CREATE FUNCTION @lock_inboxes(notifications uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM FROM public.inboxes WHERE user_id IN
    (SELECT user_id FROM public.notifications WHERE id = ANY (lock_inboxes.notifications)) ORDER BY id FOR NO KEY UPDATE;
  PERFORM FROM public.notifications WHERE id = ANY (lock_inboxes.notifications) ORDER BY id FOR NO KEY UPDATE;
END $$;
