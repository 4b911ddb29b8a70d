-- What a person wants: categories by channel, quiet hours, time zone. Checked by the API's schema.
CREATE TABLE preferences (
  user_id text PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  settings jsonb NOT NULL DEFAULT '{}',
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Where a channel reaches a person; used only once a code sent there has come back.
CREATE TABLE contact_points (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  channel text NOT NULL,
  address text NOT NULL,
  verified_at timestamptz,
  code_hash bytea,
  code_expires_at timestamptz,
  code_attempts integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (user_id, channel)
);

-- Who is told next when nobody acknowledges. One policy of a territory may be its default.
CREATE TABLE escalation_policies (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  territory_id text NOT NULL REFERENCES territories,
  name text NOT NULL,
  is_default boolean NOT NULL DEFAULT false,
  rules jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE UNIQUE INDEX escalation_policies_default ON escalation_policies (territory_id) WHERE is_default AND deleted_at IS NULL;

-- A notification that must be acknowledged keeps the rules it began with, and which step comes when.
ALTER TABLE notifications
  ADD COLUMN escalation jsonb,
  ADD COLUMN next_step integer NOT NULL DEFAULT 0,
  ADD COLUMN next_step_at timestamptz,
  ADD COLUMN acknowledged_by text;
CREATE INDEX notifications_send ON notifications (send_id);
CREATE INDEX notifications_escalated ON notifications (escalated_from) WHERE escalated_from IS NOT NULL;
CREATE INDEX notifications_step ON notifications (next_step_at) WHERE next_step_at IS NOT NULL;
CREATE INDEX notifications_expiry ON notifications (expires_at) WHERE expires_at IS NOT NULL AND status IN ('sent', 'delivered', 'read');

-- A channel may be tried again in a later round: by an escalation step, or by an operator.
ALTER TABLE deliveries
  ADD COLUMN round integer NOT NULL DEFAULT 0,
  ADD COLUMN hold_until timestamptz,
  ADD COLUMN redelivery_of uuid REFERENCES deliveries,
  DROP CONSTRAINT deliveries_notification_id_channel_key,
  ADD UNIQUE (notification_id, channel, round);
CREATE INDEX deliveries_provider ON deliveries (channel, provider_id) WHERE provider_id IS NOT NULL;

-- A send to everybody of a territory, or to those with a role in it, has no user; its notifications share it.
ALTER TABLE sends
  ALTER COLUMN user_id DROP NOT NULL,
  ADD COLUMN role text,
  ADD COLUMN lane text NOT NULL DEFAULT 'ordinary' CHECK (lane IN ('critical', 'ordinary', 'bulk')),
  ADD COLUMN recipients integer,
  ADD COLUMN persisted integer NOT NULL DEFAULT 0;
