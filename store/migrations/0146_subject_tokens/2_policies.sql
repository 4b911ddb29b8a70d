-- One more actor:   subject:<token id>   a page of another system, by its token: it reads one person's notifications of one territory, and nothing else
ALTER TABLE subject_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY sign_in ON subject_tokens USING (public.actor_kind() = 'sign-in');
CREATE POLICY admin ON subject_tokens FOR SELECT USING ((SELECT public.has_role('admin')));
CREATE POLICY itself ON subject_tokens FOR SELECT USING (public.actor_kind() = 'subject' AND id::text = (SELECT public.actor_id()));

-- The token that acts, as long as it and its key are good and its person has a role there; else all null. Read as the owner: so are memberships and keys by other policies.
CREATE FUNCTION public.subject_token() RETURNS public.subject_tokens
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'subject' THEN RETURN NULL; END IF;
  RETURN (SELECT subject_tokens FROM public.subject_tokens JOIN public.service_keys ON service_keys.id = key_id
    WHERE subject_tokens.id::text = public.actor_id() AND ended_at IS NULL AND subject_tokens.expires_at > clock_timestamp()
      AND service_keys.revoked_at IS NULL AND (service_keys.expires_at IS NULL OR service_keys.expires_at > clock_timestamp())
      AND territory_id = ANY (territory_ids) AND origin = ANY (subject_origins)
      AND EXISTS (SELECT FROM public.memberships WHERE memberships.user_id = subject_tokens.user_id AND memberships.territory_id = subject_tokens.territory_id));
END $$;

-- It is named so that it is asked after those of people and workers (0033_cheapest_first).
CREATE POLICY a_subject ON notifications FOR SELECT
  USING (public.actor_kind() = 'subject' AND user_id = (SELECT (public.subject_token()).user_id)
    AND territory_id = (SELECT (public.subject_token()).territory_id));

-- Every node hears at commit that a token may have ended, so that it can close the sockets that live on it: with the token itself, its key or its service.
CREATE FUNCTION public.announce_subjects() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
BEGIN
  PERFORM pg_notify('tocsin_revoked', json_build_object('sessionId', id)::text) FROM public.subject_tokens
    WHERE CASE TG_TABLE_NAME WHEN 'subject_tokens' THEN id::text = was->>'id'
      WHEN 'service_keys' THEN key_id = was->>'id' AND expires_at > now() ELSE service_id::text = was->>'id' AND expires_at > now() END;
  RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER UPDATE OF ended_at, expires_at ON subject_tokens FOR EACH ROW EXECUTE FUNCTION public.announce_subjects();
CREATE TRIGGER announce_subjects AFTER UPDATE OF revoked_at, expires_at, territory_ids, subject_origins ON service_keys
  FOR EACH ROW EXECUTE FUNCTION public.announce_subjects();
CREATE TRIGGER announce_subjects AFTER UPDATE OF disabled_at ON services FOR EACH ROW EXECUTE FUNCTION public.announce_subjects();
