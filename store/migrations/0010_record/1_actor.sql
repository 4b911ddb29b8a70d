-- An event's author is the actor of its transaction, whoever writes it: the policy `record` says so to the program's login, and this
-- to the owner of the tables too. The program records under another actor only after it has said that this one acts (switchActor).
CREATE OR REPLACE FUNCTION public.audit_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.actor IS DISTINCT FROM current_setting('app.actor', true) THEN
    RAISE EXCEPTION 'the author of an audit event is the actor of its transaction' USING ERRCODE = '42501';
  END IF;
  NEW.xid := pg_current_xact_id();
  NEW.at := now();
  NEW.leaf := public.audit_leaf(NEW);
  RETURN NEW;
END $$;

-- Who records an event sees it in the same transaction, and so that it was written as it was meant. Policies are asked in the order
-- of their names; this one comes first, since it asks no table.
CREATE POLICY actor ON audit_events FOR SELECT
  USING (xid = pg_current_xact_id_if_assigned() AND actor = current_setting('app.actor', true));
