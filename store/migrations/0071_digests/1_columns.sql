-- Digests: what is neither critical nor high may come as one notification with its items: docs/decisions/0069-digests.md.

-- Of a digest's own send: an HMAC of whom it is for, what it groups and by which value. Its `send_at` is the window's end.
ALTER TABLE sends ADD COLUMN digest_hash bytea;
-- Of an item: the digest, a send, in which its recipient gets it; null again once it goes out by itself.
ALTER TABLE notifications ADD COLUMN digest uuid;
-- Of a digest: its items, as its recipient sees them.
ALTER TABLE notifications ADD COLUMN items jsonb;

-- What becomes of a digest becomes of its items: they are delivered, seen, read, acknowledged and dismissed with it. A trigger, so that it holds for
-- every transition, older nodes' too. Those that left the digest have ended, and stay as they are.
CREATE FUNCTION public.follow_digest() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (OLD.status, OLD.seen_at, OLD.read_at, OLD.acknowledged_at, OLD.dismissed_at)
    IS NOT DISTINCT FROM (NEW.status, NEW.seen_at, NEW.read_at, NEW.acknowledged_at, NEW.dismissed_at) THEN RETURN NULL; END IF;
  UPDATE public.notifications SET status = CASE WHEN NEW.status IN ('expired', 'cancelled') THEN notifications.status ELSE NEW.status END,
    seen_at = NEW.seen_at, read_at = NEW.read_at, acknowledged_at = NEW.acknowledged_at, acknowledged_by = NEW.acknowledged_by, dismissed_at = NEW.dismissed_at
  WHERE notifications.digest = NEW.id AND notifications.status NOT IN ('expired', 'cancelled');
  RETURN NULL;
END $$;
CREATE TRIGGER follow_digest AFTER UPDATE OF status, seen_at, read_at, acknowledged_at, acknowledged_by, dismissed_at ON notifications FOR EACH ROW
  WHEN (NEW.items IS NOT NULL) EXECUTE FUNCTION public.follow_digest();
