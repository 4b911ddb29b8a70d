-- Care teams: people and on-call roles of a territory that a send names by one word.
CREATE TABLE topics (
  id uuid PRIMARY KEY,
  territory_id text NOT NULL REFERENCES territories,
  -- The name by which sends ask for it.
  topic text NOT NULL,
  name text NOT NULL,
  -- On-call roles of the territory: whoever has them when something is sent.
  roles text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (id, territory_id)
);
CREATE UNIQUE INDEX topics_topic ON topics (territory_id, topic) WHERE deleted_at IS NULL;

CREATE TABLE topic_members (
  topic_id uuid NOT NULL,
  territory_id text NOT NULL,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  -- Who keeps them there: people of the house, a directory outside, or both.
  by_hand boolean NOT NULL,
  by_directory boolean NOT NULL DEFAULT false,
  added_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic_id, user_id),
  FOREIGN KEY (topic_id, territory_id) REFERENCES topics (id, territory_id),
  CHECK (by_hand OR by_directory)
);
CREATE INDEX topic_members_user ON topic_members (user_id);
CREATE INDEX topic_members_territory ON topic_members (territory_id);

-- The topic that a send asked for, and who of it could be reached then: nobody else gets it.
ALTER TABLE sends ADD COLUMN topic text, ADD COLUMN people text[];
