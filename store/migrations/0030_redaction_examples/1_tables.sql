-- What a supervisor marked as missed or as a false alarm: the text around it is sealed, bound to its row and territory.
CREATE TABLE redaction_examples (
  id uuid PRIMARY KEY,
  territory_id text NOT NULL REFERENCES territories,
  user_id text NOT NULL REFERENCES users,
  verdict text NOT NULL CHECK (verdict IN ('missed', 'false_alarm')),
  kind text NOT NULL,
  key_id text NOT NULL,
  wrapped_key bytea NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX redaction_examples_territory ON redaction_examples (territory_id, created_at, id);
CREATE INDEX redaction_examples_time ON redaction_examples (created_at, id);
CREATE INDEX redaction_examples_user ON redaction_examples (user_id);
