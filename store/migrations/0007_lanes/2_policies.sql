-- Policies run with every statement, so they are made cheap, and say the same as before.

-- Who acts is read where it is compared: a sub-select for it costs more, to set up, than the few rows that a statement
-- looks at.
DO $$
DECLARE
  policy record;
  plain CONSTANT text := '\( SELECT (actor_kind|actor_id|worker_notification|callback_channel)\(\) AS \1\)';
BEGIN
  FOR policy IN SELECT * FROM pg_policies WHERE schemaname = current_schema() LOOP
    EXECUTE format('ALTER POLICY %I ON %I', policy.policyname, policy.tablename)
      || coalesce(' USING (' || regexp_replace(policy.qual, plain, '\1()', 'g') || ')', '')
      || coalesce(' WITH CHECK (' || regexp_replace(policy.with_check, plain, '\1()', 'g') || ')', '');
  END LOOP;
END $$;

-- PL/pgSQL keeps its plans, where an SQL function is parsed and planned with every call.
CREATE OR REPLACE FUNCTION my_territories() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF actor_kind() IS DISTINCT FROM 'user' THEN RETURN '{}'; END IF;
  RETURN (SELECT coalesce(array_agg(territory_id), '{}') FROM memberships
    WHERE user_id = actor_id() AND territory_id IS NOT NULL);
END $$;
CREATE OR REPLACE FUNCTION supervised_territories() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF actor_kind() IS DISTINCT FROM 'user' THEN RETURN '{}'; END IF;
  RETURN (SELECT coalesce(array_agg(territory_id), '{}') FROM memberships
    WHERE user_id = actor_id() AND role = 'supervisor');
END $$;
CREATE OR REPLACE FUNCTION has_role(wanted text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF actor_kind() IS DISTINCT FROM 'user' THEN RETURN false; END IF;
  RETURN EXISTS (SELECT FROM memberships WHERE user_id = actor_id() AND territory_id IS NULL AND role = wanted);
END $$;
CREATE OR REPLACE FUNCTION service_territories() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF actor_kind() IS DISTINCT FROM 'service' THEN RETURN '{}'; END IF;
  RETURN (SELECT coalesce(array_agg(territory_id), '{}') FROM service_keys, unnest(territory_ids) AS territory_id
    WHERE service_id::text = actor_id() AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()));
END $$;
CREATE OR REPLACE FUNCTION worker_territory() RETURNS text
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
  IF actor_kind() IS DISTINCT FROM 'worker' THEN RETURN NULL; END IF;
  RETURN coalesce(
    (SELECT territory_id FROM sends WHERE id = worker_notification()),
    (SELECT territory_id FROM notifications WHERE id = worker_notification()));
END $$;
CREATE OR REPLACE FUNCTION worker_people() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF actor_kind() IS DISTINCT FROM 'worker' THEN RETURN '{}'; END IF;
  RETURN (SELECT coalesce(array_agg(user_id), '{}') FROM memberships WHERE territory_id = worker_territory());
END $$;

-- What belongs to a notification is reached with it. As a function, so that a statement does not take in the policies
-- of notifications as often as these say it.
CREATE FUNCTION reaches(id uuid) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN EXISTS (SELECT FROM notifications WHERE notifications.id = reaches.id);
END $$;
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['deliveries', 'delivery_events'] LOOP
    EXECUTE format('DROP POLICY copies ON %I; DROP POLICY broadcast ON %I', name, name);
    EXECUTE format($policy$ALTER POLICY worker ON %I USING (actor_kind() = 'worker'
      AND (notification_id = worker_notification() OR reaches(notification_id)))$policy$, name);
  END LOOP;
END $$;
ALTER POLICY service ON deliveries USING (actor_kind() = 'service' AND reaches(notification_id));
DROP POLICY service_follows ON delivery_events;
ALTER POLICY service ON delivery_events USING (actor_kind() = 'service' AND reaches(notification_id));

-- A workflow's own recipient, and what it copies, also where the recipient is not of the territory any more.
CREATE FUNCTION worker_recipient() RETURNS text LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN (SELECT user_id FROM sends WHERE id = worker_notification());
END $$;
CREATE FUNCTION worker_copies() RETURNS uuid LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN (SELECT send_id FROM notifications WHERE id = worker_notification());
END $$;
CREATE FUNCTION received(send_id uuid) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN EXISTS (SELECT FROM notifications WHERE notifications.send_id = received.send_id AND user_id = actor_id());
END $$;
ALTER POLICY worker ON inboxes USING (actor_kind() = 'worker' AND user_id = (SELECT worker_recipient()));
ALTER POLICY copy ON sends USING (actor_kind() = 'worker' AND id = (SELECT worker_copies()));
ALTER POLICY recipient ON sends USING (
  actor_kind() = 'user' AND territory_id = ANY ((SELECT my_territories())::text[]) AND received(id));

-- What is for one kind of actor asks no table for the others.
ALTER POLICY people ON inboxes USING (actor_kind() = 'worker' AND user_id = ANY ((SELECT worker_people())::text[]));
ALTER POLICY people ON users USING (actor_kind() = 'worker' AND id = ANY ((SELECT worker_people())::text[]));
ALTER POLICY worker ON preferences USING (actor_kind() = 'worker' AND user_id = ANY ((SELECT worker_people())::text[]));
ALTER POLICY worker ON contact_points USING (actor_kind() = 'worker' AND user_id = ANY ((SELECT worker_people())::text[]));
ALTER POLICY worker ON territories USING (actor_kind() = 'worker' AND id = (SELECT worker_territory()));
ALTER POLICY worker ON escalation_policies USING (actor_kind() = 'worker' AND territory_id = (SELECT worker_territory()));
ALTER POLICY service ON escalation_policies
  USING (actor_kind() = 'service' AND territory_id = ANY ((SELECT service_territories())::text[]));
ALTER POLICY service ON memberships
  USING (actor_kind() = 'service' AND territory_id = ANY ((SELECT service_territories())::text[]));
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['memberships', 'notifications', 'deliveries', 'delivery_events', 'escalation_policies'] LOOP
    EXECUTE format($policy$ALTER POLICY supervisor ON %I
      USING (actor_kind() = 'user' AND territory_id = ANY ((SELECT supervised_territories())::text[]))$policy$, name);
  END LOOP;
END $$;
