-- A session ends at `idle_until` unless its person does something, and at `expires_at` whatever they do.
ALTER TABLE sessions
  ADD idle_seconds integer NOT NULL DEFAULT 900 CHECK (idle_seconds > 0),
  ADD idle_until timestamptz NOT NULL DEFAULT now() + interval '15 minutes',
  ADD user_agent text CHECK (length(user_agent) <= 300);
CREATE INDEX sessions_open ON sessions (idle_until) WHERE revoked_at IS NULL;

-- History points to these: they are closed, never deleted.
ALTER TABLE territories ADD archived_at timestamptz;
ALTER TABLE services ADD disabled_at timestamptz;

-- What a person shows besides the password (RFC 6238). `sealed` holds the secret, bound to the person; `last_step` is the
-- time step of the last code that was taken, so that none is taken twice. Not asked for before it is confirmed.
CREATE TABLE second_factors (
  user_id text PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  key_id text NOT NULL,
  wrapped_key bytea NOT NULL,
  sealed bytea NOT NULL,
  last_step bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  confirmed_at timestamptz
);

-- Each opens one session in place of a code. SHA-256 of 80 random bits.
CREATE TABLE recovery_codes (
  code_hash bytea PRIMARY KEY,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  used_at timestamptz
);
CREATE INDEX recovery_codes_user ON recovery_codes (user_id);

-- Whom an OpenID provider's subject stands for.
CREATE TABLE user_identities (
  issuer text NOT NULL CHECK (length(issuer) <= 500),
  subject text NOT NULL CHECK (length(subject) <= 255),
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX user_identities_user ON user_identities (user_id);
