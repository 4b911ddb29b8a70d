-- The actor bulk:<territory> brings the sends to one person that came in bulk there into inboxes, a page of them at a time. Its policies' names put
-- them behind those of a broadcast's pages, and before those of people (0033_cheapest_first).
CREATE FUNCTION public.bulk_territory() RETURNS text LANGUAGE sql STABLE
RETURN CASE WHEN public.actor_kind() = 'bulk' THEN public.actor_id() END;

-- Of the people whom a page is about to be written to, in app.people as a JSON list, the members of its territory.
CREATE FUNCTION public.bulk_people() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  people text[];
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'bulk' THEN RETURN '{}'; END IF;
  people := ARRAY(SELECT jsonb_array_elements_text(nullif(current_setting('app.people', true), '')::jsonb));
  -- One look into an index each, however many people the territory has.
  RETURN ARRAY(SELECT person FROM unnest(people) AS person CROSS JOIN LATERAL (
    SELECT FROM public.memberships WHERE memberships.user_id = person AND memberships.territory_id = public.actor_id() LIMIT 1) AS membership);
END $$;

CREATE POLICY via_bulk ON sends USING (lane = 'bulk' AND user_id IS NOT NULL AND territory_id = bulk_territory());
CREATE POLICY via_bulk ON notifications USING (lane = 'bulk' AND id = send_id AND territory_id = bulk_territory());
CREATE POLICY via_bulk ON deliveries USING (actor_kind() = 'bulk' AND notification_id = ANY ((SELECT worker_page())::uuid[]));
CREATE POLICY via_bulk ON delivery_events USING (actor_kind() = 'bulk' AND notification_id = ANY ((SELECT worker_page())::uuid[]));
CREATE POLICY via_bulk ON inboxes USING (actor_kind() = 'bulk' AND user_id = ANY ((SELECT bulk_people())::text[]));
CREATE POLICY via_bulk ON preferences FOR SELECT USING (actor_kind() = 'bulk' AND user_id = ANY ((SELECT bulk_people())::text[]));
CREATE POLICY via_bulk ON contact_points FOR SELECT USING (actor_kind() = 'bulk' AND user_id = ANY ((SELECT bulk_people())::text[]));
CREATE POLICY via_bulk ON availability FOR SELECT USING (actor_kind() = 'bulk' AND user_id = ANY ((SELECT bulk_people())::text[]));
CREATE POLICY via_bulk ON memberships FOR SELECT USING (territory_id = bulk_territory());
CREATE POLICY via_bulk ON territories FOR SELECT USING (id = bulk_territory());
