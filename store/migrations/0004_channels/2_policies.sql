ALTER TABLE preferences ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE contact_points ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE escalation_policies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- The territory that a workflow works in, and whom it may reach there: it escalates to colleagues of the recipient.
CREATE FUNCTION worker_territory() RETURNS text LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT coalesce(
    (SELECT territory_id FROM sends WHERE id = worker_notification()),
    (SELECT territory_id FROM notifications WHERE id = worker_notification()))
$$;
CREATE FUNCTION worker_people() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT coalesce(array_agg(user_id), '{}') FROM memberships
  WHERE actor_kind() = 'worker' AND territory_id = worker_territory()
$$;

DROP POLICY worker ON territories;
CREATE POLICY worker ON territories FOR SELECT USING (id = (SELECT worker_territory()));

CREATE POLICY self ON preferences USING ((SELECT actor_kind()) = 'user' AND user_id = (SELECT actor_id()));
CREATE POLICY worker ON preferences FOR SELECT USING (user_id = ANY ((SELECT worker_people())::text[]));
CREATE POLICY self ON contact_points USING ((SELECT actor_kind()) = 'user' AND user_id = (SELECT actor_id()));
CREATE POLICY worker ON contact_points FOR SELECT USING (user_id = ANY ((SELECT worker_people())::text[]));

CREATE POLICY supervisor ON escalation_policies USING (territory_id = ANY ((SELECT supervised_territories())::text[]));
CREATE POLICY manage ON escalation_policies
  USING ((SELECT actor_kind()) = 'setup' OR (SELECT has_role('admin')))
  WITH CHECK ((SELECT actor_kind()) = 'setup' OR (SELECT has_role('admin')));
CREATE POLICY service ON escalation_policies FOR SELECT USING (territory_id = ANY ((SELECT service_territories())::text[]));
CREATE POLICY worker ON escalation_policies FOR SELECT USING (territory_id = (SELECT worker_territory()));

CREATE POLICY people ON memberships FOR SELECT USING ((SELECT actor_kind()) = 'worker' AND territory_id = (SELECT worker_territory()));
CREATE POLICY people ON users FOR SELECT USING (id = ANY ((SELECT worker_people())::text[]));
CREATE POLICY people ON inboxes USING (user_id = ANY ((SELECT worker_people())::text[]));

-- A notification and its escalated copies are one matter: the workflow of the first works on all of them.
CREATE POLICY copies ON notifications USING (escalated_from = (SELECT worker_notification()));
CREATE POLICY copies ON deliveries USING (notification_id IN (SELECT id FROM notifications WHERE escalated_from = (SELECT worker_notification())));
CREATE POLICY copies ON delivery_events USING (notification_id IN (SELECT id FROM notifications WHERE escalated_from = (SELECT worker_notification())));
CREATE POLICY relay ON notifications FOR SELECT USING ((SELECT actor_kind()) = 'relay');

-- A broadcast's workflow writes one notification a person, all from the one send.
CREATE POLICY broadcast ON notifications USING (send_id = (SELECT worker_notification()));
CREATE POLICY broadcast ON deliveries USING (notification_id IN (SELECT id FROM notifications WHERE send_id = (SELECT worker_notification())));
CREATE POLICY broadcast ON delivery_events USING (notification_id IN (SELECT id FROM notifications WHERE send_id = (SELECT worker_notification())));

-- Whoever has a notification may have what was sent for it revealed.
DROP POLICY recipient ON sends;
CREATE POLICY recipient ON sends FOR SELECT USING (
  territory_id = ANY ((SELECT my_territories())::text[])
  AND EXISTS (SELECT FROM notifications WHERE send_id = sends.id AND user_id = (SELECT actor_id())));
CREATE POLICY copy ON sends FOR SELECT USING (id = (SELECT send_id FROM notifications WHERE notifications.id = (SELECT worker_notification())));

-- A service follows whatever came of its sends: the notification itself, escalated copies, a broadcast's many.
DROP POLICY service ON deliveries;
CREATE POLICY service ON deliveries FOR SELECT USING (
  (SELECT actor_kind()) = 'service' AND EXISTS (SELECT FROM notifications WHERE notifications.id = notification_id));
CREATE POLICY service_follows ON delivery_events FOR SELECT USING (
  (SELECT actor_kind()) = 'service' AND EXISTS (SELECT FROM notifications WHERE notifications.id = notification_id));
