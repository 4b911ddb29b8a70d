-- After as many days as its territory sets, what a sender wrote is destroyed: the text, its key, and the HMACs that could
-- confirm a guess at it. The row stays, since the notification and its history point to it.
ALTER TABLE sends
  ALTER COLUMN key_id DROP NOT NULL,
  ALTER COLUMN wrapped_key DROP NOT NULL,
  ALTER COLUMN sealed DROP NOT NULL,
  ADD COLUMN shredded_at timestamptz,
  ADD CONSTRAINT sends_shredded CHECK (
    CASE WHEN shredded_at IS NULL THEN num_nulls(key_id, wrapped_key, sealed) = 0
      ELSE num_nonnulls(key_id, wrapped_key, sealed, idempotency_hash) = 0 AND length(body_hash) = 0 AND status <> 'accepted' END
  );
CREATE INDEX sends_originals ON sends (territory_id, created_at) WHERE status <> 'accepted' AND shredded_at IS NULL;

-- Named columns alone fire it, so that an ordinary change of a send never pays for it.
CREATE FUNCTION keep_original() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF OLD.shredded_at IS NULL AND NEW.id = OLD.id AND NEW.territory_id = OLD.territory_id THEN
    IF NEW.shredded_at IS NOT NULL AND actor_kind() = 'retention' THEN RETURN NEW; END IF;
    IF NEW.shredded_at IS NULL AND NEW.sealed = OLD.sealed AND actor_kind() = 'rotation' THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'an original is wrapped anew or destroyed, never changed' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER keep_original BEFORE UPDATE OF id, territory_id, key_id, wrapped_key, sealed, shredded_at ON sends
  FOR EACH ROW EXECUTE FUNCTION keep_original();
