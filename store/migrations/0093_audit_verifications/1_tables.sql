-- Verifications of the audit record that auditors ask for. A node recomputes the whole record in the background, one verification at a time in the
-- installation; what it found stays.
CREATE TABLE audit_verifications (
  id uuid PRIMARY KEY,
  asked_by text NOT NULL REFERENCES users,
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The node that has it begins anew what another one left: the number of its attempt, and when it was last heard of.
  attempt integer NOT NULL DEFAULT 0,
  beat_at timestamptz,
  -- How far it got: checkpoints, of how many, and the events that they hold.
  checkpoints integer NOT NULL DEFAULT 0,
  checkpoints_in_all integer,
  events bigint NOT NULL DEFAULT 0,
  finished_at timestamptz,
  -- unknown: it could not be told, and `reason` says why.
  outcome text CHECK (outcome IN ('whole', 'altered', 'unknown')),
  reason text CHECK (reason IN ('no_key', 'no_archives', 'too_long', 'failed')),
  findings jsonb NOT NULL DEFAULT '[]',
  unsealed bigint,
  -- How far the node's anchor file agrees; null where it has none, and a cut-off end would go unnoticed.
  anchored_up_to integer,
  CHECK ((finished_at IS NULL) = (outcome IS NULL)),
  CHECK ((reason IS NULL) = (outcome IS DISTINCT FROM 'unknown'))
);
CREATE UNIQUE INDEX audit_verifications_open ON audit_verifications ((true)) WHERE finished_at IS NULL;
CREATE INDEX audit_verifications_asked_by ON audit_verifications (asked_by);
