-- No admin sets a password, whatever the program's code says: the person does, by an invitation.
CREATE FUNCTION public.keep_password() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() = 'user' AND NEW.id IS DISTINCT FROM public.actor_id()
    AND NEW.password_hash IS DISTINCT FROM (CASE WHEN TG_OP = 'UPDATE' THEN OLD.password_hash END) THEN
    RAISE EXCEPTION 'nobody sets the password of somebody else' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_password BEFORE INSERT OR UPDATE OF password_hash ON users
  FOR EACH ROW EXECUTE FUNCTION keep_password();

-- Nobody grants themself a role; and a role says to whom it is owed, so that one that somebody got by way of an admin of their own
-- making is known for what it is.
CREATE FUNCTION public.note_grant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'user' THEN RETURN NEW; END IF;
  IF NEW.user_id = public.actor_id() THEN
    RAISE EXCEPTION 'nobody grants themself a role' USING ERRCODE = '42501';
  END IF;
  NEW.because_of := ARRAY(
    SELECT public.actor_id()
    UNION SELECT unnest(because_of) FROM public.memberships
      WHERE user_id = public.actor_id() AND territory_id IS NULL AND role = 'admin');
  RETURN NEW;
END $$;
CREATE TRIGGER note_grant BEFORE INSERT OR UPDATE ON memberships FOR EACH ROW EXECUTE FUNCTION note_grant();
