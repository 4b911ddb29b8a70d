-- Who acts is said in each transaction: set_config('app.actor', 'kind:id', true). Unset sees nothing.
--
--   user:<user id>            a person              service:<service id>  an upstream service
--   worker:<notification id>  the workflow of one   relay                 starts and restarts workflows
--   sign-in                   keys and sessions     setup                 seeds; reads the program's secrets

CREATE FUNCTION actor_kind() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT nullif(split_part(current_setting('app.actor', true), ':', 1), '') $$;
CREATE FUNCTION actor_id() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT substr(current_setting('app.actor', true), length(actor_kind()) + 2) $$;
CREATE FUNCTION worker_notification() RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT CASE WHEN actor_kind() = 'worker' THEN actor_id()::uuid END $$;

-- These read memberships and service_keys as their owner: a policy that read its own table would recurse. That is
-- why these two tables, alone, do not FORCE row security on their owner.
CREATE FUNCTION my_territories() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT coalesce(array_agg(territory_id), '{}') FROM memberships
  WHERE actor_kind() = 'user' AND user_id = actor_id() AND territory_id IS NOT NULL
$$;
CREATE FUNCTION supervised_territories() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT coalesce(array_agg(territory_id), '{}') FROM memberships
  WHERE actor_kind() = 'user' AND user_id = actor_id() AND role = 'supervisor'
$$;
CREATE FUNCTION has_role(wanted text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT EXISTS (SELECT FROM memberships WHERE actor_kind() = 'user' AND user_id = actor_id() AND territory_id IS NULL AND role = wanted)
$$;
CREATE FUNCTION service_territories() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT coalesce(array_agg(territory_id), '{}') FROM service_keys, unnest(territory_ids) AS territory_id
  WHERE actor_kind() = 'service' AND service_id::text = actor_id() AND revoked_at IS NULL
$$;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['territories', 'users', 'memberships', 'inboxes', 'services', 'service_keys', 'sessions',
    'realtime_tickets', 'secrets', 'sends', 'notifications', 'deliveries', 'delivery_events', 'audit_events'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    IF name NOT IN ('memberships', 'service_keys') THEN
      EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    END IF;
  END LOOP;
  -- Admins, and the seeding of a new installation, manage who is who.
  FOREACH name IN ARRAY ARRAY['territories', 'users', 'memberships', 'inboxes', 'services', 'service_keys'] LOOP
    EXECUTE format($policy$CREATE POLICY manage ON %I
      USING ((SELECT actor_kind()) = 'setup' OR (SELECT has_role('admin')))
      WITH CHECK ((SELECT actor_kind()) = 'setup' OR (SELECT has_role('admin')))$policy$, name);
  END LOOP;
  -- Signing in looks people, services and their secrets up.
  FOREACH name IN ARRAY ARRAY['users', 'services', 'service_keys', 'inboxes', 'memberships'] LOOP
    EXECUTE format($policy$CREATE POLICY sign_in ON %I FOR SELECT USING ((SELECT actor_kind()) = 'sign-in')$policy$, name);
  END LOOP;
END $$;

CREATE POLICY key_used ON service_keys FOR UPDATE USING ((SELECT actor_kind()) = 'sign-in');
CREATE POLICY sign_in ON sessions USING ((SELECT actor_kind()) = 'sign-in');
CREATE POLICY sign_in ON realtime_tickets USING ((SELECT actor_kind()) = 'sign-in');
CREATE POLICY setup ON secrets USING ((SELECT actor_kind()) = 'setup');

CREATE POLICY member ON territories FOR SELECT USING (id = ANY ((SELECT my_territories())::text[]));
CREATE POLICY worker ON territories FOR SELECT USING ((SELECT actor_kind()) = 'worker');

CREATE POLICY self ON users FOR SELECT USING ((SELECT actor_kind()) = 'user' AND id = (SELECT actor_id()));
CREATE POLICY self ON memberships FOR SELECT USING ((SELECT actor_kind()) = 'user' AND user_id = (SELECT actor_id()));
CREATE POLICY supervisor ON memberships FOR SELECT USING (territory_id = ANY ((SELECT supervised_territories())::text[]));
CREATE POLICY service ON memberships FOR SELECT USING (territory_id = ANY ((SELECT service_territories())::text[]));

CREATE POLICY self ON inboxes USING ((SELECT actor_kind()) = 'user' AND user_id = (SELECT actor_id()));
CREATE POLICY worker ON inboxes USING (user_id = (SELECT user_id FROM sends WHERE sends.id = (SELECT worker_notification())));

CREATE POLICY service ON sends
  USING ((SELECT actor_kind()) = 'service' AND service_id::text = (SELECT actor_id()))
  WITH CHECK ((SELECT actor_kind()) = 'service' AND service_id::text = (SELECT actor_id())
    AND territory_id = ANY ((SELECT service_territories())::text[]));
CREATE POLICY recipient ON sends FOR SELECT
  USING (user_id = (SELECT actor_id()) AND territory_id = ANY ((SELECT my_territories())::text[]));
CREATE POLICY worker ON sends USING (id = (SELECT worker_notification()));
CREATE POLICY relay ON sends USING ((SELECT actor_kind()) = 'relay' AND status = 'accepted');

CREATE POLICY recipient ON notifications
  USING (user_id = (SELECT actor_id()) AND territory_id = ANY ((SELECT my_territories())::text[]));
CREATE POLICY supervisor ON notifications FOR SELECT
  USING (territory_id = ANY ((SELECT supervised_territories())::text[]));
CREATE POLICY service ON notifications FOR SELECT
  USING ((SELECT actor_kind()) = 'service' AND service_id::text = (SELECT actor_id()));
CREATE POLICY worker ON notifications USING (id = (SELECT worker_notification()));

CREATE POLICY recipient ON deliveries FOR SELECT
  USING (user_id = (SELECT actor_id()) AND territory_id = ANY ((SELECT my_territories())::text[]));
CREATE POLICY receipt ON deliveries FOR UPDATE
  USING (channel = 'websocket' AND user_id = (SELECT actor_id()) AND territory_id = ANY ((SELECT my_territories())::text[]));
CREATE POLICY supervisor ON deliveries FOR SELECT
  USING (territory_id = ANY ((SELECT supervised_territories())::text[]));
CREATE POLICY service ON deliveries FOR SELECT
  USING ((SELECT actor_kind()) = 'service' AND EXISTS (SELECT FROM sends WHERE sends.id = notification_id));
CREATE POLICY worker ON deliveries USING (notification_id = (SELECT worker_notification()));
CREATE POLICY relay ON deliveries USING ((SELECT actor_kind()) = 'relay' AND status IN ('queued', 'claimed'));

CREATE POLICY recipient ON delivery_events
  USING (user_id = (SELECT actor_id()) AND territory_id = ANY ((SELECT my_territories())::text[]));
CREATE POLICY supervisor ON delivery_events FOR SELECT
  USING (territory_id = ANY ((SELECT supervised_territories())::text[]));
CREATE POLICY service ON delivery_events FOR SELECT
  USING ((SELECT actor_kind()) = 'service' AND EXISTS (SELECT FROM sends WHERE sends.id = notification_id));
CREATE POLICY worker ON delivery_events USING (notification_id = (SELECT worker_notification()));

-- Nobody writes a record in another's name; auditors alone read it.
CREATE POLICY record ON audit_events FOR INSERT WITH CHECK (actor = current_setting('app.actor', true));
CREATE POLICY auditor ON audit_events FOR SELECT USING ((SELECT has_role('auditor')));
