-- Passkeys (WebAuthn): what an authenticator of somebody's own is known by. Nothing of it is secret.
CREATE TABLE passkeys (
  id uuid PRIMARY KEY,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  credential_id text NOT NULL UNIQUE,
  name text NOT NULL,
  public_key bytea NOT NULL,
  -- Grows with each use, for authenticators that count; a copy would fall behind.
  counter bigint NOT NULL,
  transports text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz
);
CREATE INDEX passkeys_user ON passkeys (user_id);

-- Challenges that were answered: none is taken twice. They are signed, so that those that nobody answered are kept nowhere.
CREATE TABLE used_challenges (
  challenge bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX used_challenges_time ON used_challenges (expires_at);
