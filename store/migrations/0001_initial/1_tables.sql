-- Territories, people and services ------------------------------------------------------------------------------

CREATE TABLE territories (
  id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  name text NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
  id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  email text NOT NULL,
  name text NOT NULL,
  password_hash text,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

-- A role in a territory, or (territory_id null) in the installation.
CREATE TABLE memberships (
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  territory_id text REFERENCES territories ON DELETE CASCADE,
  role text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (user_id, territory_id, role),
  CHECK (CASE WHEN territory_id IS NULL THEN role IN ('admin', 'auditor') ELSE role IN ('clinician', 'supervisor') END)
);
CREATE INDEX memberships_territory ON memberships (territory_id);

-- One change log per person: `seq` is its only counter, drawn under this row's lock. `id` is what leaves the database.
CREATE TABLE inboxes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id text NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
  seq bigint NOT NULL DEFAULT 0
);

CREATE TABLE services (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE service_keys (
  id text PRIMARY KEY,
  service_id uuid NOT NULL REFERENCES services ON DELETE CASCADE,
  secret_hash bytea NOT NULL,
  territory_ids text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
CREATE INDEX service_keys_service ON service_keys (service_id);

CREATE TABLE sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  token_hash bytea NOT NULL UNIQUE,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE realtime_tickets (
  ticket_hash bytea PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);

-- Keys that the program itself needs, wrapped by a master key.
CREATE TABLE secrets (
  name text PRIMARY KEY,
  key_id text NOT NULL,
  wrapped bytea NOT NULL
);

-- Notifications ---------------------------------------------------------------------------------------------------

-- The intake and outbox. `sealed` holds all that the sender wrote; the hashes are HMACs.
CREATE TABLE sends (
  id uuid PRIMARY KEY,
  service_id uuid NOT NULL REFERENCES services,
  user_id text NOT NULL REFERENCES users,
  territory_id text NOT NULL REFERENCES territories,
  category text NOT NULL,
  priority text NOT NULL,
  channels text[],
  send_at timestamptz,
  expires_at timestamptz,
  escalation_policy_id uuid,
  idempotency_hash bytea,
  body_hash bytea NOT NULL,
  key_id text NOT NULL,
  wrapped_key bytea NOT NULL,
  sealed bytea NOT NULL,
  status text NOT NULL DEFAULT 'accepted' CHECK (status IN ('accepted', 'persisted', 'cancelled')),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- When the relay may start the workflow, and how often it has tried.
  next_start_at timestamptz NOT NULL,
  start_attempts integer NOT NULL DEFAULT 0,
  UNIQUE (service_id, idempotency_hash)
);
CREATE INDEX sends_outbox ON sends (next_start_at) WHERE status = 'accepted';

CREATE TABLE notifications (
  id uuid PRIMARY KEY,
  send_id uuid NOT NULL REFERENCES sends,
  service_id uuid NOT NULL,
  user_id text NOT NULL,
  territory_id text NOT NULL,
  category text NOT NULL,
  priority text NOT NULL,
  title text,
  message text NOT NULL,
  redaction jsonb NOT NULL,
  status text NOT NULL DEFAULT 'sent' CHECK (
    status IN ('sent', 'delivered', 'read', 'acknowledged', 'dismissed', 'expired', 'cancelled')
  ),
  seq bigint NOT NULL,
  escalated_from uuid REFERENCES notifications,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  snoozed_until timestamptz,
  read_at timestamptz,
  acknowledged_at timestamptz,
  dismissed_at timestamptz
);
CREATE INDEX notifications_inbox ON notifications (user_id, created_at DESC, id DESC);
CREATE INDEX notifications_changes ON notifications (user_id, seq);
CREATE INDEX notifications_territory ON notifications (territory_id, created_at DESC, id DESC);

-- One per notification and channel.
CREATE TABLE deliveries (
  id uuid PRIMARY KEY,
  notification_id uuid NOT NULL REFERENCES notifications,
  user_id text NOT NULL,
  territory_id text NOT NULL,
  channel text NOT NULL,
  position smallint NOT NULL,
  status text NOT NULL DEFAULT 'queued' CHECK (
    status IN ('queued', 'claimed', 'accepted', 'delivered', 'failed', 'skipped', 'unknown')
  ),
  reason text CHECK (reason ~ '^[a-z][a-z0-9_]{0,63}$'),
  attempts integer NOT NULL DEFAULT 0,
  provider_id text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  -- When the reconciler may look for the workflow that should be working on it.
  next_check_at timestamptz NOT NULL DEFAULT now() + interval '10 seconds',
  UNIQUE (notification_id, channel)
);
CREATE INDEX deliveries_territory ON deliveries (territory_id, created_at DESC, id DESC);
CREATE INDEX deliveries_unfinished ON deliveries (next_check_at) WHERE status IN ('queued', 'claimed');
CREATE INDEX deliveries_unreceived ON deliveries (user_id) WHERE channel = 'websocket' AND status <> 'delivered';

-- What happened to a notification (delivery_id null) or to one of its deliveries, for its timeline.
CREATE TABLE delivery_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notification_id uuid NOT NULL,
  delivery_id uuid,
  user_id text NOT NULL,
  territory_id text NOT NULL,
  channel text,
  status text NOT NULL,
  reason text,
  attempt integer,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX delivery_events_notification ON delivery_events (notification_id, id);
