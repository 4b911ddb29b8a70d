-- Until when somebody may still sign in without the second factor that their role demands; null where it demands none now.
CREATE TABLE factor_deadlines (
  user_id text PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  due_at timestamptz
);
ALTER TABLE factor_deadlines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sign_in ON factor_deadlines USING (actor_kind() = 'sign-in');
CREATE POLICY self ON factor_deadlines FOR SELECT USING (actor_kind() = 'user' AND user_id = actor_id());

-- Good for nothing but setting the second factor up.
ALTER TABLE sessions ADD COLUMN limited boolean NOT NULL DEFAULT false;

-- A territory says which roles need one.
CREATE POLICY sign_in ON territories FOR SELECT USING (actor_kind() = 'sign-in');
