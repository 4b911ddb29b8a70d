-- Somebody opened a notification, or an inbox, that is not theirs, in an emergency: with a reason, for an hour at most, and reviewed by
-- somebody else afterwards.
CREATE TABLE emergency_accesses (
  id uuid PRIMARY KEY,
  user_id text NOT NULL REFERENCES users,
  territory_id text NOT NULL REFERENCES territories,
  -- Whose inbox it is; and the one notification, where no more was opened.
  recipient_id text NOT NULL REFERENCES users,
  notification_id uuid,
  reason text NOT NULL CHECK (length(reason) BETWEEN 10 AND 1000),
  opened_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  reviewed_at timestamptz,
  reviewed_by text REFERENCES users,
  verdict text CHECK (verdict IN ('justified', 'unjustified')),
  review text CHECK (length(review) <= 1000),
  CHECK (expires_at <= opened_at + interval '60 minutes'),
  CHECK (reviewed_by <> user_id),
  CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (verdict IS NULL))
);
CREATE INDEX emergency_accesses_territory ON emergency_accesses (territory_id, opened_at);
CREATE INDEX emergency_accesses_user ON emergency_accesses (user_id, opened_at);
