-- The browsers on which people want to be told (Web Push): where each is reached, and by which keys what is sent to it is sealed (RFC 8291).
CREATE TABLE push_devices (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  -- The session that was last seen on it: ending that takes the device along; merely running out does not.
  session_id uuid REFERENCES sessions ON DELETE SET NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  endpoint text NOT NULL UNIQUE CHECK (length(endpoint) <= 1000),
  p256dh text NOT NULL CHECK (length(p256dh) = 87),
  auth text NOT NULL CHECK (length(auth) = 22),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Its push service knows it no more: nothing is sent there, and its person is shown that until they take it away.
  gone_at timestamptz
);
CREATE INDEX push_devices_user ON push_devices (user_id);
CREATE INDEX push_devices_session ON push_devices (session_id);
