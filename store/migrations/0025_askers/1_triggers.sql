-- A role that one admin asked for and another confirmed is owed to both: the one who asked may be having an account of their own
-- made an admin, and whoever confirms can't know.
CREATE OR REPLACE FUNCTION public.note_grant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'user' THEN RETURN NEW; END IF;
  IF NEW.user_id = public.actor_id() THEN
    RAISE EXCEPTION 'nobody grants themself a role' USING ERRCODE = '42501';
  END IF;
  NEW.because_of := ARRAY(
    WITH granters AS (
      SELECT public.actor_id() AS id
      UNION SELECT asked_by FROM public.pending_changes
        WHERE NEW.territory_id IS NULL AND kind = 'person' AND subject_id = NEW.user_id AND jsonb_exists(change->'grant', NEW.role)
          AND over_at IS NULL AND expires_at > now())
    SELECT id FROM granters
    UNION SELECT unnest(because_of) FROM public.memberships
      WHERE user_id IN (SELECT id FROM granters) AND territory_id IS NULL AND role = 'admin');
  RETURN NEW;
END $$;
