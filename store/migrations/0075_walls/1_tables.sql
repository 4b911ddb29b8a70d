-- Screens on walls that show what waits in one territory, and can do nothing else. An admin grants one: its code is good once, for a few
-- minutes, and the screen that shows it gets a token of its own. Of codes and tokens the hashes alone are kept.
CREATE TABLE walls (
  id uuid PRIMARY KEY,
  territory_id text NOT NULL REFERENCES territories,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  granted_by text NOT NULL REFERENCES users,
  granted_at timestamptz NOT NULL DEFAULT now(),
  code_hash bytea UNIQUE,
  code_expires_at timestamptz NOT NULL,
  opened_at timestamptz,
  expires_at timestamptz,
  last_seen_at timestamptz,
  -- The token that the screen has shown last, and since when; those that it was given and has not shown yet, of which an answer that was lost
  -- had all but one; the one before, which is good for a moment longer; and older ones: whoever shows one of these has a copy.
  token_hash bytea UNIQUE,
  token_since timestamptz,
  next_hashes bytea[] NOT NULL DEFAULT '{}',
  next_since timestamptz,
  before_hash bytea,
  dead_hashes bytea[] NOT NULL DEFAULT '{}',
  ended_at timestamptz,
  -- The admin who ended it; null where the program did.
  ended_by text REFERENCES users,
  ended_why text CHECK (ended_why IN ('ended', 'expired', 'unused', 'granter_disabled', 'territory_archived', 'token_reused')),
  CHECK ((ended_at IS NULL) = (ended_why IS NULL)),
  CHECK ((opened_at IS NULL) = (token_hash IS NULL))
);
CREATE INDEX walls_territory ON walls (territory_id);
CREATE INDEX walls_granted_by ON walls (granted_by);
CREATE INDEX walls_ended_by ON walls (ended_by);
