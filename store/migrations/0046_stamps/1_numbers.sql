-- Nobody who inserts says an event's number, epoch or time: the triggers of both tables do, whatever is given. The columns have no numbers of their
-- own any more, so that each event takes one and no gap seems to be a deletion.
-- Older nodes: they give none of these but the time at which a send was accepted, and the numbers count on.
DO $$
DECLARE
  name text;
  numbers text;
  last bigint;
  called boolean;
  given text[];
  statement text;
BEGIN
  FOREACH name IN ARRAY ARRAY['delivery_events', 'audit_events'] LOOP
    numbers := name || '_id_seq';
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', name);
    SELECT array_agg(format('GRANT %s ON SEQUENCE public.%I TO %s', privilege_type, numbers,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END))
    INTO given FROM pg_catalog.pg_class, aclexplode(relacl) AS acl WHERE pg_class.oid = format('public.%I', numbers)::regclass AND grantee <> relowner;
    EXECUTE format('SELECT last_value, is_called FROM public.%I', numbers) INTO last, called;
    EXECUTE format('ALTER TABLE public.%I ALTER COLUMN id DROP IDENTITY', name);
    EXECUTE format('CREATE SEQUENCE public.%I OWNED BY public.%I.id', numbers, name);
    PERFORM setval(format('public.%I', numbers), last, called);
    FOREACH statement IN ARRAY coalesce(given, '{}') LOOP EXECUTE statement; END LOOP;
  END LOOP;
END $$;

-- The epoch that new events get: the default of its column.
CREATE FUNCTION public.audit_epoch() RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'public.audit_events'::regclass
    AND adnum = (SELECT attnum FROM pg_attribute WHERE attrelid = 'public.audit_events'::regclass AND attname = 'epoch'));
END $$;

-- An event is ids, codes and counts: what is much larger is none, and would hold up those who send the record elsewhere.
CREATE OR REPLACE FUNCTION public.audit_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.actor IS DISTINCT FROM current_setting('app.actor', true) THEN
    RAISE EXCEPTION 'the author of an audit event is the actor of its transaction' USING ERRCODE = '42501';
  END IF;
  IF octet_length(NEW.payload::text) > 262144
    OR octet_length(concat(NEW.actor, NEW.action, NEW.outcome, NEW.territory_id, NEW.object_id)) > 4096 THEN
    RAISE EXCEPTION 'an audit event is too large' USING ERRCODE = '54000';
  END IF;
  NEW.id := nextval('public.audit_events_id_seq');
  NEW.epoch := public.audit_epoch();
  NEW.xid := pg_current_xact_id();
  NEW.at := now();
  NEW.leaf := public.audit_leaf(NEW);
  RETURN NEW;
END $$;

-- A time may lie back, since a send was accepted before it arrives, but never ahead.
CREATE FUNCTION public.delivery_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.id := nextval('public.delivery_events_id_seq');
  NEW.at := least(NEW.at, clock_timestamp());
  RETURN NEW;
END $$;
CREATE TRIGGER delivery_stamp BEFORE INSERT ON delivery_events FOR EACH ROW EXECUTE FUNCTION delivery_stamp();
-- Older nodes: they change none, though they give the program's login the right to at their start.
CREATE TRIGGER audit_refuse BEFORE UPDATE ON delivery_events FOR EACH ROW EXECUTE FUNCTION audit_refuse();

-- Older nodes give the program's login the right to insert at their start, until a newer one takes it back.
ALTER POLICY archive ON archives WITH CHECK (actor_kind() = 'retention'
  AND pg_has_role((SELECT relowner FROM pg_catalog.pg_class WHERE oid = 'public.archives'::regclass), 'USAGE'));
