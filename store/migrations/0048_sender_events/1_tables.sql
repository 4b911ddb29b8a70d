-- What became of notifications, for the services that sent them: docs/decisions/0054-sender-events.md.

-- How far the timelines have been read: up to the event of this number, in the order of their numbers.
CREATE TABLE event_log (
  source text PRIMARY KEY CHECK (source = 'delivery_events'),
  position bigint NOT NULL
);
INSERT INTO event_log (source, position)
  VALUES ('delivery_events', coalesce(pg_sequence_last_value('public.delivery_events_id_seq'::regclass), 0));

-- A service that wants to hear. `seq` numbers its events, in the order in which it gets them.
CREATE TABLE event_feeds (
  service_id uuid PRIMARY KEY REFERENCES services,
  seq bigint NOT NULL DEFAULT 0,
  -- Events up to this number are not kept any more, or were never written.
  dropped bigint NOT NULL DEFAULT 0,
  -- When a key of the service last asked for events.
  asked_at timestamptz
);

CREATE TABLE service_events (
  service_id uuid NOT NULL REFERENCES event_feeds,
  seq bigint NOT NULL,
  -- What leaves the database, and the same each time.
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  type text NOT NULL,
  notification_id uuid NOT NULL,
  -- Itself, or what it was escalated from: events of these are told in order.
  root_id uuid NOT NULL,
  send_id uuid NOT NULL,
  user_id text,
  territory_id text NOT NULL,
  delivery_id uuid,
  channel text,
  reason text,
  step integer,
  at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (service_id, seq)
);

CREATE TABLE webhooks (
  id uuid PRIMARY KEY,
  service_id uuid NOT NULL REFERENCES event_feeds,
  url text NOT NULL,
  types text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Since when every attempt has failed, how many that were, and until when none is made.
  failing_since timestamptz,
  failures integer NOT NULL DEFAULT 0,
  paused_until timestamptz,
  disabled_at timestamptz,
  disabled_reason text CHECK (disabled_reason IN ('failing', 'gone', 'by_admin')),
  -- When somebody was told that it was disabled.
  told_at timestamptz,
  deleted_at timestamptz
);
CREATE INDEX webhooks_service ON webhooks (service_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX webhooks_untold ON webhooks (disabled_at) WHERE told_at IS NULL AND deleted_at IS NULL AND disabled_reason IN ('failing', 'gone');

CREATE TABLE webhook_secrets (
  id uuid PRIMARY KEY,
  webhook_id uuid NOT NULL REFERENCES webhooks,
  key_id text NOT NULL,
  wrapped_key bytea NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- While it is rotated, the older one ends then.
  expires_at timestamptz
);
CREATE INDEX webhook_secrets_webhook ON webhook_secrets (webhook_id, created_at);

-- An event on its way to a webhook.
CREATE TABLE webhook_deliveries (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  webhook_id uuid NOT NULL REFERENCES webhooks,
  service_id uuid NOT NULL,
  seq bigint NOT NULL,
  root_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'delivered', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  -- How the last attempt ended.
  code text CHECK (code ~ '^[a-z][a-z0-9_]{0,63}$'),
  first_attempt_at timestamptz,
  -- When it is due; while an attempt goes on, when that one counts as lost.
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  delivered_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (webhook_id, seq),
  FOREIGN KEY (service_id, seq) REFERENCES service_events
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at, seq) WHERE status = 'queued';
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (webhook_id, root_id, seq) WHERE status = 'queued';
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook_id, seq) WHERE status = 'failed';
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (service_id, seq);

-- Who draws a number has a transaction id by then: once all transactions up to an id are over, no number drawn before it is still to come.
CREATE OR REPLACE FUNCTION public.delivery_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.id := CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('public.delivery_events_id_seq') END;
  NEW.at := least(NEW.at, clock_timestamp());
  RETURN NEW;
END $$;
