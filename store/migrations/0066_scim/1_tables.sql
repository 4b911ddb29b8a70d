-- What a directory outside shows to keep people and groups here (SCIM 2.0). It is good for nothing else.
CREATE TABLE scim_tokens (
  id text PRIMARY KEY,
  name text NOT NULL,
  secret_hash bytea NOT NULL,
  made_by text NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
CREATE INDEX scim_tokens_made_by ON scim_tokens (made_by);

-- People whom a directory keeps: what it calls them, and the parts of their name as it wrote them.
CREATE TABLE scim_people (
  user_id text PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  external_id text,
  names jsonb NOT NULL DEFAULT '{}',
  -- It was the directory that made them, and no admin.
  made boolean NOT NULL DEFAULT false,
  -- It was the directory that disabled them, so it may bring them back.
  disabled boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX scim_people_external ON scim_people (external_id);

-- A directory's groups. What one gives here, an admin says: a role in a territory, membership in a topic of it, or both.
CREATE TABLE scim_groups (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  external_id text,
  territory_id text REFERENCES territories,
  role text CHECK (role IN ('clinician', 'supervisor')),
  topic_id uuid,
  mapped_by text REFERENCES users,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (topic_id, territory_id) REFERENCES topics (id, territory_id),
  CHECK ((role IS NULL AND topic_id IS NULL) = (territory_id IS NULL)),
  CHECK (territory_id IS NULL OR mapped_by IS NOT NULL)
);
CREATE UNIQUE INDEX scim_groups_name ON scim_groups (name);
CREATE UNIQUE INDEX scim_groups_topic ON scim_groups (topic_id);
CREATE INDEX scim_groups_territory ON scim_groups (territory_id);
CREATE INDEX scim_groups_mapped_by ON scim_groups (mapped_by);
CREATE INDEX scim_groups_external ON scim_groups (external_id);

CREATE TABLE scim_group_members (
  group_id uuid NOT NULL REFERENCES scim_groups ON DELETE CASCADE,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX scim_group_members_user ON scim_group_members (user_id);

-- Roles in territories that groups gave: those alone does leaving a group take.
CREATE TABLE scim_memberships (
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  territory_id text NOT NULL REFERENCES territories,
  role text NOT NULL CHECK (role IN ('clinician', 'supervisor')),
  PRIMARY KEY (user_id, territory_id, role)
);
CREATE INDEX scim_memberships_territory ON scim_memberships (territory_id);
