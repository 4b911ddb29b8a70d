-- Whether a member is not disabled, kept with the membership: the functions that ask it run as the owner, who may not read `users`.
ALTER TABLE memberships ADD COLUMN active boolean NOT NULL DEFAULT true;

CREATE FUNCTION public.stamp_active() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.active := NOT EXISTS (SELECT FROM public.users WHERE id = NEW.user_id AND disabled_at IS NOT NULL);
  RETURN NEW;
END $$;
CREATE TRIGGER stamp_active BEFORE INSERT ON memberships FOR EACH ROW EXECUTE FUNCTION public.stamp_active();

CREATE FUNCTION public.follow_active() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE public.memberships SET active = NEW.disabled_at IS NULL WHERE user_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_active AFTER UPDATE OF disabled_at ON users FOR EACH ROW
  WHEN ((OLD.disabled_at IS NULL) <> (NEW.disabled_at IS NULL)) EXECUTE FUNCTION public.follow_active();

ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
UPDATE memberships SET active = false WHERE user_id IN (SELECT id FROM users WHERE disabled_at IS NOT NULL);
ALTER TABLE users FORCE ROW LEVEL SECURITY;
-- Changing a membership's other columns was never needed; `active` follows the person.
CREATE INDEX memberships_active ON memberships (territory_id, user_id) WHERE active;

-- Its own page showed it while that was visible, or its person acted on it.
ALTER TABLE notifications ADD COLUMN seen_at timestamptz;
-- The family was acknowledged by enough people; copies are left to be closed.
ALTER TABLE notifications ADD COLUMN closing boolean NOT NULL DEFAULT false;
CREATE INDEX notifications_closing ON notifications (id) WHERE closing;

-- An attempt holds its delivery until then, and is told from later ones by its number (`attempts`).
ALTER TABLE deliveries ADD COLUMN lease_until timestamptz;
-- When its channel first said "again".
ALTER TABLE deliveries ADD COLUMN retry_since timestamptz;

-- What a loop of the node failed at, by its kind of work and the id of what it works on. After so many failures of its own it is
-- parked: left alone until somebody sends it on.
CREATE TABLE troubles (
  kind text NOT NULL,
  id uuid NOT NULL,
  failures integer NOT NULL DEFAULT 1,
  code text NOT NULL CHECK (length(code) <= 100),
  since timestamptz NOT NULL DEFAULT now(),
  parked_at timestamptz,
  PRIMARY KEY (kind, id)
);
CREATE INDEX troubles_parked ON troubles (parked_at) WHERE parked_at IS NOT NULL;

-- An alert whose steps are all taken goes on with the territory's last resort, until enough people have acknowledged or a supervisor
-- has closed it.
ALTER TABLE notifications
  ADD COLUMN exhausted_at timestamptz,
  ADD COLUMN closed_at timestamptz,
  ADD COLUMN closed_by text,
  ADD COLUMN closed_reason text CHECK (length(closed_reason) <= 500);
CREATE INDEX notifications_unanswered ON notifications (territory_id, created_at) WHERE next_step_at IS NOT NULL;
