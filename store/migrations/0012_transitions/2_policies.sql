-- A person whom notifications of the territory may reach.
CREATE FUNCTION public.is_active(person text, territory text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.memberships
    WHERE memberships.user_id = is_active.person AND memberships.territory_id = is_active.territory AND active);
END $$;

-- A workflow reaches the people of its territory, and those who have one of its notifications, wherever they are now.
CREATE FUNCTION public.worker_reaches(person text, territory text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.memberships
      WHERE memberships.user_id = worker_reaches.person AND memberships.territory_id = worker_reaches.territory)
    OR EXISTS (SELECT FROM public.notifications
      WHERE notifications.user_id = worker_reaches.person
        AND (id = public.worker_notification() OR escalated_from = public.worker_notification() OR send_id = public.worker_notification()));
END $$;
ALTER POLICY people ON inboxes
  USING (actor_kind() = 'worker' AND worker_reaches(user_id, (SELECT worker_territory())));
ALTER POLICY worker ON preferences
  USING (actor_kind() = 'worker' AND worker_reaches(user_id, (SELECT worker_territory())));
ALTER POLICY worker ON contact_points
  USING (actor_kind() = 'worker' AND worker_reaches(user_id, (SELECT worker_territory())));

-- What a person has seen, or a device of theirs has, needs no further channel.
CREATE POLICY spare ON deliveries FOR UPDATE
  USING (actor_kind() = 'user' AND user_id = actor_id() AND status = 'queued' AND territory_id = ANY ((SELECT my_territories())::text[]))
  WITH CHECK (actor_kind() = 'user' AND user_id = actor_id() AND status = 'skipped' AND reason = 'not_needed');

ALTER TABLE troubles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY relay ON troubles USING (actor_kind() = 'relay');
CREATE POLICY manage ON troubles FOR SELECT USING ((SELECT has_role('admin')));
