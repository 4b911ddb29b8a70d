-- Of the notifications that a transition says it is about to work on, in app.page, those that its actor sees. The policies of what belongs
-- to a notification ask once a statement, in place of once a row. Whoever names a notification of somebody else gains nothing.
CREATE FUNCTION public.worker_page() RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  page uuid[] := nullif(current_setting('app.page', true), '')::uuid[];
BEGIN
  IF page IS NULL THEN RETURN '{}'; END IF;
  RETURN ARRAY(SELECT id FROM public.notifications WHERE id = ANY (page));
END $$;

-- Of the people whom a transition is about to write to, in app.people as a JSON list, the members of the worker's territory.
CREATE FUNCTION public.worker_page_people() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  people text[];
  territory text;
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'worker' THEN RETURN '{}'; END IF;
  people := ARRAY(SELECT jsonb_array_elements_text(nullif(current_setting('app.people', true), '')::jsonb));
  territory := public.worker_territory();
  -- One look into an index each, however many people the territory has.
  RETURN ARRAY(SELECT person FROM unnest(people) AS person CROSS JOIN LATERAL (
    SELECT FROM public.memberships WHERE memberships.user_id = person AND memberships.territory_id = territory LIMIT 1) AS membership);
END $$;

ALTER POLICY worker ON deliveries USING (actor_kind() = 'worker' AND (notification_id = worker_notification()
  OR notification_id = ANY ((SELECT worker_page())::uuid[]) OR reaches(notification_id)));
ALTER POLICY worker ON delivery_events USING (actor_kind() = 'worker' AND (notification_id = worker_notification()
  OR notification_id = ANY ((SELECT worker_page())::uuid[]) OR reaches(notification_id)));
ALTER POLICY people ON inboxes USING (actor_kind() = 'worker' AND (user_id = ANY ((SELECT worker_page_people())::text[])
  OR worker_reaches(user_id, (SELECT worker_territory()))));

-- Older nodes: they name no policy. It is asked before those of people (0033_cheapest_first), since a page asks it for each of its rows.
ALTER POLICY broadcast ON notifications RENAME TO via_broadcast;
