-- A calendar's events say by somebody's name who is on call. So whoever renames people could give any turn to any of them: a name that a directory
-- gave to somebody who had another one counts for no event, until an admin writes it.
ALTER TABLE users ADD COLUMN named_outside boolean NOT NULL DEFAULT false;

CREATE FUNCTION public.name_outside() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() = 'scim' THEN
    NEW.named_outside := OLD.named_outside OR NEW.name IS DISTINCT FROM OLD.name;
  ELSIF public.has_role('admin') THEN
    NEW.named_outside := false;
  END IF;
  RETURN NEW;
END $$;
-- After keep_from_scim, by its name: that one refuses what a directory writes itself.
CREATE TRIGGER name_outside BEFORE UPDATE OF name ON users FOR EACH ROW EXECUTE FUNCTION name_outside();
