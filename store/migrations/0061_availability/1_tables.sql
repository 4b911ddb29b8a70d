-- Who is busy or away, until when, and who covers them meanwhile. A row whose time is over is as good as none.
CREATE TABLE availability (
  user_id text PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  status text NOT NULL CHECK (status IN ('busy', 'away')),
  until timestamptz NOT NULL,
  delegate_id text REFERENCES users CHECK (delegate_id <> user_id),
  -- The delegate is told in the person's place, not beside them; never of what is critical.
  instead boolean NOT NULL DEFAULT false CHECK (NOT instead OR delegate_id IS NOT NULL),
  set_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX availability_delegate ON availability (delegate_id) WHERE delegate_id IS NOT NULL;
