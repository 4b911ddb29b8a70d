-- One more actor:   invitation:<id>   somebody who sets their own password by a link

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE pending_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY admin ON invitations USING ((SELECT has_role('admin')));
CREATE POLICY sign_in ON invitations FOR SELECT USING ((SELECT actor_kind()) = 'sign-in');
CREATE POLICY sign_in_uses ON invitations FOR UPDATE USING ((SELECT actor_kind()) = 'sign-in');
CREATE POLICY self ON invitations FOR SELECT
  USING ((SELECT actor_kind()) = 'invitation' AND id::text = (SELECT actor_id()));

CREATE POLICY admin ON pending_changes USING ((SELECT has_role('admin')));

CREATE FUNCTION public.invited_person() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'invitation' THEN RETURN NULL; END IF;
  RETURN (SELECT user_id FROM public.invitations WHERE id::text = public.actor_id());
END $$;
CREATE POLICY invited ON users FOR SELECT USING (id = (SELECT invited_person()));
CREATE POLICY invited_update ON users FOR UPDATE USING (id = (SELECT invited_person()));
