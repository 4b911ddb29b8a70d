-- Whence a schedule's shifts are read in: a file once, or an address again and again. One of a schedule at a time; another one has another id.
CREATE TABLE schedule_calendars (
  id uuid PRIMARY KEY,
  schedule_id uuid NOT NULL UNIQUE,
  territory_id text NOT NULL,
  -- Where it is read from, sealed: the address may hold a token. All null: a file.
  key_id text,
  wrapped_key bytea,
  sealed bytea,
  host text,
  -- By which the source says that nothing has changed since parsed_at.
  etag text,
  last_modified text,
  -- When the source was last known to be as it was read; when it was read as a whole, and up to when.
  read_at timestamptz NOT NULL DEFAULT now(),
  parsed_at timestamptz NOT NULL DEFAULT now(),
  reads_until timestamptz NOT NULL,
  -- SHA-256 of the shifts: a reading that changes none leaves no trace.
  digest bytea NOT NULL,
  -- Null: never.
  next_read_at timestamptz,
  failing_since timestamptz,
  -- A code: why the last reading failed.
  failure text,
  -- When its supervisors were told so.
  told_at timestamptz,
  -- How many events make no shift, and the first of them: [{"uid": …, "starts_at": …, "why": a code}].
  unknown_count integer NOT NULL,
  unknown jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (schedule_id, territory_id) REFERENCES schedules (id, territory_id),
  CHECK ((sealed IS NULL) = (key_id IS NULL) AND (sealed IS NULL) = (wrapped_key IS NULL)
    AND (sealed IS NULL) = (host IS NULL) AND (sealed IS NULL) = (next_read_at IS NULL))
);
CREATE INDEX schedule_calendars_due ON schedule_calendars (next_read_at) WHERE next_read_at IS NOT NULL;
CREATE INDEX schedule_calendars_territory ON schedule_calendars (territory_id);

-- The last good reading of a calendar; none overlaps another.
CREATE TABLE calendar_shifts (
  calendar_id uuid NOT NULL REFERENCES schedule_calendars ON DELETE CASCADE,
  schedule_id uuid NOT NULL,
  territory_id text NOT NULL,
  user_id text NOT NULL REFERENCES users,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
  PRIMARY KEY (calendar_id, starts_at),
  FOREIGN KEY (schedule_id, territory_id) REFERENCES schedules (id, territory_id)
);
CREATE INDEX calendar_shifts_schedule ON calendar_shifts (schedule_id, ends_at);
CREATE INDEX calendar_shifts_user ON calendar_shifts (user_id);
CREATE INDEX calendar_shifts_territory ON calendar_shifts (territory_id);
