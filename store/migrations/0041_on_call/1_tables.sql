-- Who is on call when: layers of turns, as JSON that store/people/schedules.ts reads and on-call/ judges.
CREATE TABLE schedules (
  id uuid PRIMARY KEY,
  territory_id text NOT NULL REFERENCES territories,
  name text NOT NULL,
  -- An IANA name; the layers are meant by its clock.
  zone text NOT NULL,
  layers jsonb NOT NULL,
  -- Who is told in a gap: {"user_id": …} or {"role": an on-call role}; null: nobody.
  fallback jsonb,
  -- Of the token by which calendars read it; null: no feed.
  feed_hash bytea UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (id, territory_id)
);
CREATE INDEX schedules_territory ON schedules (territory_id, created_at, id);

-- Somebody takes a while of a schedule, whoever's turn it is.
CREATE TABLE schedule_overrides (
  id uuid PRIMARY KEY,
  schedule_id uuid NOT NULL,
  territory_id text NOT NULL,
  user_id text NOT NULL REFERENCES users,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
  -- Who wrote it.
  author_id text NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  FOREIGN KEY (schedule_id, territory_id) REFERENCES schedules (id, territory_id)
);
CREATE INDEX schedule_overrides_schedule ON schedule_overrides (schedule_id, ends_at) WHERE deleted_at IS NULL;
CREATE INDEX schedule_overrides_user ON schedule_overrides (user_id);
CREATE INDEX schedule_overrides_territory ON schedule_overrides (territory_id);
CREATE INDEX schedule_overrides_author ON schedule_overrides (author_id);

-- A role that one person has at a time, by a schedule.
CREATE TABLE on_call_roles (
  id uuid PRIMARY KEY,
  territory_id text NOT NULL,
  -- The name by which sends and steps ask for it.
  role text NOT NULL CHECK (role NOT IN ('clinician', 'supervisor')),
  name text NOT NULL,
  -- Of a FHIR PractitionerRole: {"system": …, "code": …}.
  code jsonb,
  schedule_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  FOREIGN KEY (schedule_id, territory_id) REFERENCES schedules (id, territory_id)
);
CREATE UNIQUE INDEX on_call_roles_role ON on_call_roles (territory_id, role) WHERE deleted_at IS NULL;
CREATE INDEX on_call_roles_territory ON on_call_roles (territory_id, created_at, id);
CREATE INDEX on_call_roles_schedule ON on_call_roles (schedule_id);

-- The on-call role that a send asked for; its user_id is who had it then.
ALTER TABLE sends ADD COLUMN on_call_role text;
