-- An address that waits for its code; the one before it stays in use until then.
ALTER TABLE contact_points ADD COLUMN pending_address text;

-- When codes were sent, kept apart from the contact point: deleting that must not free the next code.
CREATE TABLE contact_codes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  channel text NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX contact_codes_sent ON contact_codes (user_id, channel, sent_at);

-- What a provider reported before the answer that named its id was on record.
CREATE TABLE early_reports (
  channel text NOT NULL,
  provider_id text NOT NULL CHECK (length(provider_id) <= 200),
  status text NOT NULL CHECK (status IN ('accepted', 'delivered', 'failed', 'unknown')),
  reason text CHECK (reason ~ '^[a-z][a-z0-9_]{0,63}$'),
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (channel, provider_id)
);
CREATE INDEX early_reports_at ON early_reports (at);
