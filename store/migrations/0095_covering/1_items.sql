-- Whoever covers somebody has a copy of their digests. They may have what was sent for its items revealed, as they may of any other copy.

-- Whether the actor has a copy of a digest.
CREATE FUNCTION public.covers_digest(digest uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.notifications
    WHERE notifications.escalated_from = covers_digest.digest AND notifications.user_id = public.actor_id());
END $$;
CREATE POLICY covered_items ON notifications FOR SELECT
  USING (digest IS NOT NULL AND public.actor_kind() = 'user' AND territory_id = ANY ((SELECT public.my_territories())::text[]) AND public.covers_digest(digest));

-- Whether a send is an item that the actor reads in a copy of its digest. The item is asked for by its id, so that nobody who reads a send pays for others.
CREATE FUNCTION public.covers_item(send_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.notifications WHERE notifications.id = covers_item.send_id AND notifications.digest IS NOT NULL
    AND public.covers_digest(notifications.digest));
END $$;
CREATE POLICY covered_items ON sends FOR SELECT
  USING (public.actor_kind() = 'user' AND user_id IS NOT NULL AND territory_id = ANY ((SELECT public.my_territories())::text[])
    AND (public.covers_item(id) OR joined IS NOT NULL AND public.covers_item(joined)));
