-- Partitions that were exported, verified and dropped (npm run archive). `name` is the partition's, and that of the archive's folder; the hash is that of
-- its manifest, which has the hashes of its files. Archives of the record hold events from (first_epoch, first_xid) up to (last_epoch, last_xid), the
-- highest number being last_id.
CREATE TABLE archives (
  name text PRIMARY KEY,
  source text NOT NULL CHECK (source IN ('delivery_events', 'audit_events')),
  begins timestamptz,
  ends timestamptz NOT NULL,
  events bigint NOT NULL CHECK (events >= 0),
  first_epoch integer,
  first_xid xid8,
  last_epoch integer,
  last_xid xid8,
  last_id bigint,
  manifest_sha256 bytea NOT NULL CHECK (length(manifest_sha256) = 32),
  archived_at timestamptz NOT NULL DEFAULT now()
);
-- Anybody may know what is archived; the owner of the tables alone has the right to archive.
ALTER TABLE archives ENABLE ROW LEVEL SECURITY;
ALTER TABLE archives FORCE ROW LEVEL SECURITY;
CREATE POLICY known ON archives FOR SELECT USING (actor_kind() IS NOT NULL);
CREATE POLICY archive ON archives FOR INSERT WITH CHECK (actor_kind() = 'retention');
CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE ON archives FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON archives FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE archives ENABLE ALWAYS TRIGGER audit_refuse;
ALTER TABLE archives ENABLE ALWAYS TRIGGER audit_refuse_truncate;
