-- Signed checkpoints over audit_events. Number `id` seals every row of `epoch` with lo <= xid < hi: `root` is the Merkle
-- root of their leaves by (xid, id), `hash` binds it to the checkpoint before, `signature` is Ed25519 over `hash`, by a
-- key that the database never holds.
CREATE TABLE audit_checkpoints (
  id bigint PRIMARY KEY CHECK (id > 0),
  epoch integer NOT NULL,
  lo xid8 NOT NULL,
  hi xid8 NOT NULL CHECK (hi > lo),
  count bigint NOT NULL CHECK (count >= 0),
  root bytea NOT NULL CHECK (length(root) = 32),
  previous bytea NOT NULL CHECK (length(previous) = 32),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  signature bytea NOT NULL CHECK (length(signature) = 64),
  public_key bytea NOT NULL CHECK (length(public_key) = 32),
  created_at timestamptz NOT NULL
);

-- What auditors filter by. Events come in the order of time, so a block range index finds a time at next to no cost.
CREATE INDEX audit_events_actor ON audit_events (actor, id);
CREATE INDEX audit_events_at ON audit_events USING brin (at) WITH (pages_per_range = 16);

CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;

CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE ON audit_checkpoints FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_checkpoints ENABLE ALWAYS TRIGGER audit_refuse;
ALTER TABLE audit_checkpoints ENABLE ALWAYS TRIGGER audit_refuse_truncate;
