DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['second_factors', 'recovery_codes', 'user_identities'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format($policy$CREATE POLICY sign_in ON %I
      USING ((SELECT actor_kind()) = 'sign-in') WITH CHECK ((SELECT actor_kind()) = 'sign-in')$policy$, name);
    EXECUTE format($policy$CREATE POLICY admin ON %I USING ((SELECT has_role('admin')))$policy$, name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['second_factors', 'recovery_codes'] LOOP
    EXECUTE format($policy$CREATE POLICY self ON %I
      USING ((SELECT actor_kind()) = 'user' AND user_id = (SELECT actor_id()))$policy$, name);
  END LOOP;
END $$;

-- People see and end their own sessions, admins end anybody's; only signing in opens one.
CREATE POLICY self ON sessions FOR SELECT USING ((SELECT actor_kind()) = 'user' AND user_id = (SELECT actor_id()));
CREATE POLICY self_end ON sessions FOR UPDATE USING ((SELECT actor_kind()) = 'user' AND user_id = (SELECT actor_id()));
CREATE POLICY admin ON sessions FOR SELECT USING ((SELECT has_role('admin')));
CREATE POLICY admin_end ON sessions FOR UPDATE USING ((SELECT has_role('admin')));

-- A key that has expired, or whose service is disabled, opens no territory.
CREATE OR REPLACE FUNCTION service_territories() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT coalesce(array_agg(territory_id), '{}') FROM service_keys, unnest(territory_ids) AS territory_id
  WHERE actor_kind() = 'service' AND service_id::text = actor_id() AND revoked_at IS NULL
    AND (expires_at IS NULL OR expires_at > now())
$$;
