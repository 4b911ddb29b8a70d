-- Why somebody opened something in an emergency, and what its review says, are kept redacted. Older nodes write them as they were typed; a loop of the
-- newer ones redacts those.
ALTER TABLE emergency_accesses ADD reason_redacted boolean NOT NULL DEFAULT false;
ALTER TABLE emergency_accesses ADD review_redacted boolean NOT NULL DEFAULT false;
CREATE INDEX emergency_accesses_typed ON emergency_accesses (opened_at) WHERE NOT reason_redacted OR (review IS NOT NULL AND NOT review_redacted);

-- Older nodes: what they write is bounded by the API, as it is before it is redacted, which may make it shorter or longer.
ALTER TABLE emergency_accesses DROP CONSTRAINT emergency_accesses_reason_check;
ALTER TABLE emergency_accesses DROP CONSTRAINT emergency_accesses_review_check;

-- What was opened, and why, stays as it was, but that it is redacted once.
CREATE OR REPLACE FUNCTION public.keep_access() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  may_change text[];
BEGIN
  IF public.actor_kind() = 'relay' THEN
    may_change := CASE WHEN NOT OLD.reason_redacted AND NEW.reason_redacted THEN '{reason,reason_redacted}' ELSE '{}' END::text[]
      || CASE WHEN NOT OLD.review_redacted AND NEW.review_redacted THEN '{review,review_redacted}' ELSE '{}' END::text[];
  ELSIF OLD.reviewed_at IS NULL THEN
    may_change := '{reviewed_at,reviewed_by,verdict,review,review_redacted}';
  ELSE
    may_change := '{}';
  END IF;
  IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change OR (cardinality(may_change) = 0) THEN
    RAISE EXCEPTION 'an emergency access is reviewed once, never changed' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

-- The loop that redacts them, a part of the relay's, also has to see what it has made of them.
CREATE POLICY redacts ON emergency_accesses FOR SELECT USING (actor_kind() = 'relay');
CREATE POLICY keeps_redacted ON emergency_accesses FOR UPDATE
  USING (actor_kind() = 'relay' AND (NOT reason_redacted OR (review IS NOT NULL AND NOT review_redacted)))
  WITH CHECK (actor_kind() = 'relay' AND reason_redacted AND (review IS NULL OR review_redacted));
