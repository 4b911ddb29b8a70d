-- What people are to be told of their own account, by email: written with the change that it is about, and taken away once it was sent.
CREATE TABLE account_notices (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  -- That of the time of the change: the one before an email was changed is told, too.
  address text NOT NULL,
  change text NOT NULL CHECK (change ~ '^[a-z][a-z0-9_]{0,63}$'),
  made_at timestamptz NOT NULL DEFAULT now(),
  tries integer NOT NULL DEFAULT 0,
  next_try_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX account_notices_due ON account_notices (next_try_at);
CREATE INDEX account_notices_user ON account_notices (user_id);
ALTER TABLE account_notices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Whoever changes an account notes it, and reads none.
CREATE POLICY noted ON account_notices FOR INSERT WITH CHECK (public.actor_kind() IN ('user', 'scim', 'sign-in'));
CREATE POLICY relay ON account_notices USING (public.actor_kind() = 'relay');
