-- Pages of other systems that show a person's inbox, by tokens that a service asks for. An admin says of each key for which origins; for none, unless they do.
ALTER TABLE service_keys ADD COLUMN subject_origins text[] NOT NULL DEFAULT '{}';

-- One person's inbox in one territory, shown by pages of one origin. Of the token the hash alone is kept.
CREATE TABLE subject_tokens (
  id uuid PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  key_id text NOT NULL REFERENCES service_keys ON DELETE CASCADE,
  service_id uuid NOT NULL REFERENCES services,
  user_id text NOT NULL REFERENCES users,
  territory_id text NOT NULL REFERENCES territories,
  origin text NOT NULL,
  issued_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  -- Before its time.
  ended_at timestamptz,
  CHECK (expires_at <= issued_at + interval '15 minutes')
);
CREATE INDEX subject_tokens_key ON subject_tokens (key_id);
CREATE INDEX subject_tokens_service ON subject_tokens (service_id);
CREATE INDEX subject_tokens_user ON subject_tokens (user_id);
CREATE INDEX subject_tokens_territory ON subject_tokens (territory_id);
CREATE INDEX subject_tokens_expires ON subject_tokens (expires_at);

-- A ticket is a session's or a subject token's.
-- Older nodes: they write tickets of sessions alone, and find no session behind another one, so it opens nothing.
ALTER TABLE realtime_tickets ALTER COLUMN session_id DROP NOT NULL,
  ADD COLUMN subject_token_id uuid REFERENCES subject_tokens ON DELETE CASCADE,
  ADD CONSTRAINT realtime_tickets_owner CHECK (num_nonnulls(session_id, subject_token_id) = 1);
CREATE INDEX realtime_tickets_subject_token ON realtime_tickets (subject_token_id) WHERE subject_token_id IS NOT NULL;
