-- One more actor:   scim:<token id>   a directory outside, by its token. Whoever has a role in the installation, as an admin or auditor, is not
-- there for it; and it gives no role that an admin has not mapped a group to.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['scim_tokens', 'scim_people', 'scim_groups', 'scim_group_members', 'scim_memberships'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY admin ON public.%I USING ((SELECT public.has_role(''admin'')))', name);
  END LOOP;
END $$;

CREATE POLICY sign_in ON scim_tokens FOR SELECT USING (public.actor_kind() = 'sign-in');
CREATE POLICY sign_in_uses ON scim_tokens FOR UPDATE USING (public.actor_kind() = 'sign-in');
CREATE POLICY itself ON scim_tokens FOR SELECT USING (public.actor_kind() = 'scim' AND id = (SELECT public.actor_id()));

-- Whether a token acts that is good now.
CREATE FUNCTION public.is_scim() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'scim' THEN RETURN false; END IF;
  RETURN EXISTS (SELECT FROM public.scim_tokens WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp()));
END $$;

-- Whoever has a role in the installation; read as the owner, since a policy of memberships asks it.
CREATE FUNCTION public.beyond_scim() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'scim' THEN RETURN '{}'; END IF;
  RETURN ARRAY(SELECT user_id FROM public.memberships WHERE territory_id IS NULL);
END $$;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['scim_people', 'scim_group_members', 'scim_memberships'] LOOP
    EXECUTE format($policy$CREATE POLICY scim ON public.%I
      USING ((SELECT public.is_scim()) AND user_id <> ALL ((SELECT public.beyond_scim())::text[]))$policy$, name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['sessions', 'invitations', 'inboxes'] LOOP
    EXECUTE format($policy$CREATE POLICY scim_reads ON public.%I FOR SELECT
      USING ((SELECT public.is_scim()) AND user_id <> ALL ((SELECT public.beyond_scim())::text[]))$policy$, name);
  END LOOP;
END $$;
CREATE POLICY scim ON scim_groups USING ((SELECT public.is_scim()));
CREATE POLICY scim_ends ON sessions FOR UPDATE
  USING ((SELECT public.is_scim()) AND user_id <> ALL ((SELECT public.beyond_scim())::text[]));
CREATE POLICY scim_invites ON invitations FOR INSERT
  WITH CHECK ((SELECT public.is_scim()) AND user_id <> ALL ((SELECT public.beyond_scim())::text[]));
CREATE POLICY scim_ends ON invitations FOR UPDATE
  USING ((SELECT public.is_scim()) AND user_id <> ALL ((SELECT public.beyond_scim())::text[]));
CREATE POLICY scim ON inboxes FOR INSERT
  WITH CHECK ((SELECT public.is_scim()) AND user_id <> ALL ((SELECT public.beyond_scim())::text[]));
CREATE POLICY scim ON user_identities FOR SELECT
  USING ((SELECT public.is_scim()) AND user_id <> ALL ((SELECT public.beyond_scim())::text[]));

CREATE POLICY scim_reads ON users FOR SELECT
  USING ((SELECT public.is_scim()) AND id <> ALL ((SELECT public.beyond_scim())::text[]));
CREATE POLICY scim_makes ON users FOR INSERT WITH CHECK ((SELECT public.is_scim()) AND password_hash IS NULL);
CREATE POLICY scim_changes ON users FOR UPDATE
  USING ((SELECT public.is_scim()) AND id <> ALL ((SELECT public.beyond_scim())::text[]));
-- Whether a directory may give somebody another email: a newcomer whom it made, and to whom nobody else has given anything. Whoever has its
-- token could come to it otherwise.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['pending_changes', 'topic_members', 'schedules', 'schedule_overrides'] LOOP
    EXECUTE format('CREATE POLICY scim_reads ON public.%I FOR SELECT USING ((SELECT public.is_scim()))', name);
  END LOOP;
END $$;
CREATE FUNCTION public.scim_moves(person text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN public.is_scim() AND EXISTS (SELECT FROM public.scim_people JOIN public.users ON users.id = scim_people.user_id
      WHERE scim_people.user_id = person AND made AND password_hash IS NULL)
    AND NOT EXISTS (SELECT FROM public.sessions WHERE sessions.user_id = person)
    AND NOT EXISTS (SELECT FROM public.user_identities WHERE user_identities.user_id = person)
    AND NOT EXISTS (SELECT FROM public.memberships AS held WHERE held.user_id = person AND NOT EXISTS (
      SELECT FROM public.scim_memberships AS given
      WHERE given.user_id = person AND given.territory_id = held.territory_id AND given.role = held.role))
    AND NOT EXISTS (SELECT FROM public.pending_changes
      WHERE kind = 'person' AND subject_id = person AND over_at IS NULL AND expires_at > now())
    AND NOT EXISTS (SELECT FROM public.topic_members WHERE topic_members.user_id = person AND by_hand)
    AND NOT EXISTS (SELECT FROM public.schedule_overrides
      WHERE schedule_overrides.user_id = person AND schedule_overrides.deleted_at IS NULL AND ends_at > now())
    AND NOT EXISTS (SELECT FROM public.schedules WHERE schedules.deleted_at IS NULL AND (fallback->>'user_id' = person
      OR EXISTS (
        SELECT FROM jsonb_array_elements(layers) AS layer WHERE jsonb_exists(layer->'people', person))));
END $$;
CREATE FUNCTION public.keep_from_scim() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() = 'scim' AND to_jsonb(NEW) - ARRAY['email', 'email_changed_at', 'name', 'disabled_at']
      IS DISTINCT FROM to_jsonb(OLD) - ARRAY['email', 'email_changed_at', 'name', 'disabled_at'] THEN
    RAISE EXCEPTION 'a directory changes nothing by which somebody signs in' USING ERRCODE = '42501';
  END IF;
  IF public.actor_kind() = 'scim' AND NEW.email IS DISTINCT FROM OLD.email AND NOT public.scim_moves(NEW.id) THEN
    RAISE EXCEPTION 'a directory moves nobody to whom others have given something' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_from_scim BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep_from_scim();

-- Whom an admin disables, once more too, or brings back, is not the directory's to bring back.
CREATE FUNCTION public.keep_disabled() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE public.scim_people SET disabled = false WHERE user_id = NEW.id AND disabled;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_disabled AFTER UPDATE OF disabled_at ON users FOR EACH ROW
  WHEN (public.actor_kind() = 'user') EXECUTE FUNCTION keep_disabled();

-- Roles: those alone to which a group of theirs is mapped.
CREATE FUNCTION public.scim_gives(person text, territory text, given text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN public.is_scim() AND EXISTS (SELECT FROM public.scim_groups JOIN public.scim_group_members ON group_id = scim_groups.id
    WHERE scim_group_members.user_id = person AND scim_groups.territory_id = territory AND scim_groups.role = given);
END $$;
CREATE POLICY scim_reads ON memberships FOR SELECT
  USING ((SELECT public.is_scim()) AND user_id <> ALL ((SELECT public.beyond_scim())::text[]));
CREATE POLICY scim_gives ON memberships FOR INSERT
  WITH CHECK (public.actor_kind() = 'scim' AND territory_id IS NOT NULL AND user_id <> ALL ((SELECT public.beyond_scim())::text[])
    AND public.scim_gives(user_id, territory_id, role));
-- That `active` follows the person; note_grant lets nothing else of a row be changed.
CREATE POLICY scim_follows ON memberships FOR UPDATE
  USING ((SELECT public.is_scim()) AND user_id <> ALL ((SELECT public.beyond_scim())::text[]));
CREATE POLICY scim_takes ON memberships FOR DELETE
  USING ((SELECT public.is_scim()) AND EXISTS (SELECT FROM public.scim_memberships AS given WHERE given.user_id = memberships.user_id
    AND given.territory_id = memberships.territory_id AND given.role = memberships.role));

CREATE POLICY scim ON topics FOR SELECT USING ((SELECT public.is_scim()));
CREATE POLICY scim ON topic_members
  USING ((SELECT public.is_scim()) AND topic_id IN (SELECT scim_groups.topic_id FROM public.scim_groups));

-- To whom a role is owed that a group gives: whoever made the token, whoever mapped the group, and to whom they owe theirs as admins.
CREATE FUNCTION public.owed_of(admins text[]) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'scim' THEN RETURN '{}'; END IF;
  RETURN ARRAY(SELECT unnest(admins) UNION SELECT unnest(because_of) FROM public.memberships
    WHERE user_id = ANY (admins) AND territory_id IS NULL AND role = 'admin');
END $$;

CREATE OR REPLACE FUNCTION public.note_grant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before text[];
BEGIN
  IF public.actor_kind() = 'scim' THEN
    IF TG_OP = 'UPDATE' THEN
      IF to_jsonb(NEW) - 'active' IS DISTINCT FROM to_jsonb(OLD) - 'active' THEN
        RAISE EXCEPTION 'a directory gives and takes roles, and changes none' USING ERRCODE = '42501';
      END IF;
      RETURN NEW;
    END IF;
    NEW.because_of := public.owed_of(ARRAY(SELECT made_by FROM public.scim_tokens UNION SELECT mapped_by FROM public.scim_groups
      JOIN public.scim_group_members ON group_id = scim_groups.id
      WHERE scim_group_members.user_id = NEW.user_id AND scim_groups.territory_id = NEW.territory_id AND scim_groups.role = NEW.role));
    RETURN NEW;
  END IF;
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
