-- Roles in territories that an admin took. One that was taken by an admin who owes theirs to its person nobody else meant to be gone: it comes back as
-- it was, owed to whom it was owed before. Otherwise that admin could take it and give it back, and its person would owe it to themself and see no original there.
CREATE TABLE taken_roles (
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  territory_id text NOT NULL,
  role text NOT NULL,
  -- To whom it was owed; null where it is to be given anew.
  because_of text[],
  taken_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, territory_id, role)
);
ALTER TABLE taken_roles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY admin ON taken_roles USING ((SELECT has_role('admin')));

CREATE FUNCTION public.note_taking() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  kept boolean;
BEGIN
  IF OLD.territory_id IS NULL OR public.actor_kind() IS DISTINCT FROM 'user' THEN RETURN NULL; END IF;
  -- What somebody owes to themself is no better for being given anew, nor is it kept from being so.
  kept := OLD.user_id <> ALL (OLD.because_of) AND EXISTS (SELECT FROM public.memberships
    WHERE user_id = public.actor_id() AND territory_id IS NULL AND role = 'admin' AND OLD.user_id = ANY (because_of));
  INSERT INTO public.taken_roles AS taken (user_id, territory_id, role, because_of)
    VALUES (OLD.user_id, OLD.territory_id, OLD.role, CASE WHEN kept THEN OLD.because_of END)
    ON CONFLICT (user_id, territory_id, role) DO UPDATE SET because_of = EXCLUDED.because_of, taken_at = EXCLUDED.taken_at;
  RETURN NULL;
END $$;
CREATE TRIGGER note_taking AFTER DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION note_taking();

-- Nor is a role given anew where its person is disabled or comes back.
CREATE OR REPLACE FUNCTION public.note_grant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before text[];
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'user' THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' THEN
    IF NEW.user_id = OLD.user_id AND NEW.role = OLD.role AND NEW.territory_id IS NOT DISTINCT FROM OLD.territory_id THEN
      NEW.because_of := OLD.because_of;
      RETURN NEW;
    END IF;
  END IF;
  IF NEW.user_id = public.actor_id() THEN
    RAISE EXCEPTION 'nobody grants themself a role' USING ERRCODE = '42501';
  END IF;
  before := (SELECT because_of FROM public.taken_roles
    WHERE user_id = NEW.user_id AND territory_id = NEW.territory_id AND role = NEW.role AND taken_at > now() - interval '30 days');
  NEW.because_of := coalesce(before, ARRAY(
    WITH granters AS (
      SELECT public.actor_id() AS id
      UNION SELECT asked_by FROM public.pending_changes
        WHERE NEW.territory_id IS NULL AND kind = 'person' AND subject_id = NEW.user_id AND jsonb_exists(change->'grant', NEW.role)
          AND over_at IS NULL AND expires_at > now())
    SELECT id FROM granters
    UNION SELECT unnest(because_of) FROM public.memberships
      WHERE user_id IN (SELECT id FROM granters) AND territory_id IS NULL AND role = 'admin'));
  RETURN NEW;
END $$;
