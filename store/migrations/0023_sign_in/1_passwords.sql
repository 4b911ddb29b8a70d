-- One more actor:   password:<user id>   somebody who changes their own password, and nothing else of their own row
CREATE POLICY own_password ON users FOR SELECT USING (actor_kind() = 'password' AND id = actor_id());
CREATE POLICY own_password_change ON users FOR UPDATE USING (actor_kind() = 'password' AND id = actor_id());
CREATE FUNCTION public.keep_own_row() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() = 'password' AND to_jsonb(NEW) - 'password_hash' IS DISTINCT FROM to_jsonb(OLD) - 'password_hash' THEN
    RAISE EXCEPTION 'nobody changes their own account but for the password' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_own_row BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep_own_row();

-- A link to a new password, sent to an address that the person has verified.
CREATE POLICY sign_in_sends ON invitations FOR INSERT WITH CHECK (actor_kind() = 'sign-in');
CREATE POLICY sign_in ON contact_points FOR SELECT USING (actor_kind() = 'sign-in');
