-- A link by which somebody sets their own password, once, or joins their account at the OpenID provider. Only its hash is kept.
CREATE TABLE invitations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  token_hash bytea NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  -- Used, or ended by a newer one.
  over_at timestamptz
);
CREATE UNIQUE INDEX invitations_open ON invitations (user_id) WHERE over_at IS NULL;

-- What one admin asked for and another one has to confirm; `change` is checked by the API's schema.
CREATE TABLE pending_changes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL CHECK (kind IN ('person', 'territory')),
  subject_id text NOT NULL,
  change jsonb NOT NULL,
  asked_by text NOT NULL REFERENCES users,
  asked_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  -- Confirmed, or taken back.
  over_at timestamptz
);
CREATE INDEX pending_changes_open ON pending_changes (asked_at) WHERE over_at IS NULL;

-- Everybody to whom a role is owed: the admin who gave it, and those to whom that admin's own role was owed.
ALTER TABLE memberships ADD because_of text[] NOT NULL DEFAULT '{}';

-- An email that an admin has changed proves nobody to the OpenID provider's: the new one was not theirs when they were made.
ALTER TABLE users ADD email_changed_at timestamptz;

-- When the person last showed the password or a code in this session.
ALTER TABLE sessions ADD confirmed_at timestamptz NOT NULL DEFAULT now();
