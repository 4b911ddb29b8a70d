-- How far the record has gone to a sink off this machine: after the event (epoch, xid, event_id), and after a checkpoint.
CREATE TABLE audit_sinks (
  url text PRIMARY KEY,
  epoch integer NOT NULL DEFAULT 0,
  xid xid8 NOT NULL DEFAULT '0',
  event_id bigint NOT NULL DEFAULT 0,
  checkpoint bigint NOT NULL DEFAULT 0,
  moved_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE audit_sinks ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_sinks FORCE ROW LEVEL SECURITY;
CREATE POLICY sealer ON audit_sinks USING (actor_kind() = 'sealer') WITH CHECK (actor_kind() = 'sealer');
