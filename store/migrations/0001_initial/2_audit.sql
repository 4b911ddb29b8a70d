-- Append-only record of every act. `leaf` binds a row's content; checkpoints over the leaves seal it later.
-- `xid` orders rows by transaction; `epoch` tells transaction counters apart after a logical restore
-- (ALTER COLUMN epoch SET DEFAULT n + 1).
CREATE TABLE audit_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  epoch integer NOT NULL DEFAULT 1,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT now(),
  territory_id text,
  actor text NOT NULL,
  action text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('ok', 'denied', 'failed')),
  object_id text,
  payload jsonb NOT NULL DEFAULT '{}',
  leaf bytea NOT NULL
);
CREATE INDEX audit_events_xid ON audit_events (epoch, xid, id);
CREATE INDEX audit_events_object ON audit_events (object_id);
CREATE INDEX audit_events_territory ON audit_events (territory_id, id);

CREATE FUNCTION audit_leaf(event audit_events) RETURNS bytea
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT sha256('\x00'::bytea || convert_to(jsonb_build_array(
    event.id, event.epoch, event.xid::text, extract(epoch FROM event.at), event.territory_id, event.actor,
    event.action, event.outcome, event.object_id, event.payload)::text, 'UTF8'))
$$;

CREATE FUNCTION audit_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  NEW.xid := pg_current_xact_id();
  NEW.at := now();
  NEW.leaf := audit_leaf(NEW);
  RETURN NEW;
END $$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_events is append-only' USING ERRCODE = '42501';
END $$;

CREATE TRIGGER audit_stamp BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_stamp();
CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_stamp;
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_refuse;
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_refuse_truncate;
