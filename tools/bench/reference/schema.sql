-- The rows that Tocsin writes for a send, without row-level security: the service decides who sees what.
CREATE TABLE users (id text PRIMARY KEY, territory_id text NOT NULL, seq bigint NOT NULL DEFAULT 0, disabled_at timestamptz);
CREATE TABLE sessions (token_hash bytea PRIMARY KEY, user_id text NOT NULL REFERENCES users);
CREATE TABLE service_keys (secret_hash bytea PRIMARY KEY, service_id text NOT NULL, revoked_at timestamptz);
CREATE TABLE sends (
  id uuid PRIMARY KEY, service_id text NOT NULL, user_id text NOT NULL REFERENCES users, territory_id text NOT NULL, priority text NOT NULL,
  key_id text NOT NULL, wrapped_key bytea NOT NULL, sealed bytea NOT NULL, status text NOT NULL DEFAULT 'accepted',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON sends (territory_id, created_at);
CREATE TABLE notifications (
  id uuid PRIMARY KEY REFERENCES sends, user_id text NOT NULL, territory_id text NOT NULL, priority text NOT NULL, title text, message text NOT NULL,
  redaction jsonb NOT NULL, status text NOT NULL DEFAULT 'sent', seq bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON notifications (user_id, created_at DESC, id DESC);
CREATE INDEX ON notifications (user_id, seq);
CREATE INDEX ON notifications (territory_id, created_at DESC, id DESC);
CREATE TABLE deliveries (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), notification_id uuid NOT NULL REFERENCES notifications, user_id text NOT NULL,
  territory_id text NOT NULL, channel text NOT NULL, status text NOT NULL DEFAULT 'queued', created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(), UNIQUE (notification_id, channel)
);
CREATE INDEX ON deliveries (territory_id, created_at DESC, id DESC);
CREATE TABLE delivery_events (
  id bigserial PRIMARY KEY, notification_id uuid NOT NULL, delivery_id uuid, user_id text NOT NULL, channel text, status text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON delivery_events (notification_id, id);
CREATE TABLE audit_events (
  id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), actor text NOT NULL, action text NOT NULL, object_id uuid NOT NULL,
  payload jsonb NOT NULL, leaf bytea NOT NULL
);
CREATE INDEX ON audit_events (object_id);
CREATE INDEX ON audit_events (actor, id);
