-- What the sealer's part of the program may write, whoever holds the program's login: a checkpoint that goes on where the one before ended, over
-- transactions that are over, with the events that are there, and a place of a sink that moves ahead, to what there is. Whether a checkpoint's signature
-- is right and a sink has what it was sent, only those can tell who know the key and what the sink got: npm run audit:verify.
-- Older nodes: they write the same.
-- How many events the transactions in [lo, hi) of an epoch wrote, and the root of the Merkle tree of their leaves (RFC 9162, section 2.1.1).
CREATE FUNCTION public.audit_tree(of_epoch integer, lo xid8, hi xid8, OUT count bigint, OUT root bytea)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  level bytea[] := ARRAY(SELECT leaf FROM public.audit_events WHERE epoch = of_epoch AND xid >= lo AND xid < hi ORDER BY xid, id);
BEGIN
  count := cardinality(level);
  WHILE cardinality(level) > 1 LOOP
    -- A node without another one beside it stands a level higher as it is.
    level := ARRAY(SELECT CASE WHEN cardinality(pair) = 1 THEN pair[1] ELSE sha256(decode('01', 'hex') || pair[1] || pair[2]) END
      FROM (SELECT (place - 1) / 2 AS above, array_agg(node ORDER BY place) AS pair
        FROM unnest(level) WITH ORDINALITY AS nodes (node, place) GROUP BY above) AS pairs ORDER BY above);
  END LOOP;
  root := coalesce(level[1], sha256(''));
END $$;

CREATE FUNCTION public.audit_checkpoint_follows() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
  last public.audit_checkpoints;
  current_epoch integer := public.audit_epoch();
  tree record;
BEGIN
  SELECT * INTO last FROM public.audit_checkpoints ORDER BY id DESC LIMIT 1;
  IF NEW.id <> coalesce(last.id, 0) + 1
    OR NEW.previous <> coalesce(last.hash, decode(repeat('00', 32), 'hex'))
    OR NEW.epoch < coalesce(last.epoch, 1) OR NEW.epoch > current_epoch
    OR NEW.lo <> (CASE WHEN NEW.epoch = last.epoch THEN last.hi ELSE '0'::xid8 END)
    OR NEW.hi > (CASE WHEN NEW.epoch = current_epoch THEN pg_snapshot_xmin(pg_current_snapshot())
      ELSE coalesce((SELECT (xid::text::bigint + 1)::text::xid8 FROM public.audit_events WHERE epoch = NEW.epoch ORDER BY xid DESC LIMIT 1), '0') END)
    OR NEW.created_at > clock_timestamp() + interval '1 day'
    OR NEW.hash <> sha256(decode('02', 'hex') || NEW.previous || int8send(NEW.id) || int8send(NEW.epoch) || int8send(NEW.lo::text::bigint)
      || int8send(NEW.hi::text::bigint) || int8send(NEW.count) || int8send((extract(epoch FROM NEW.created_at) * 1000)::bigint) || NEW.root) THEN
    RAISE EXCEPTION 'a checkpoint goes on where the one before it ended' USING ERRCODE = '42501';
  END IF;
  SELECT * INTO tree FROM public.audit_tree(NEW.epoch, NEW.lo, NEW.hi);
  IF NEW.count <> tree.count OR NEW.root <> tree.root THEN
    RAISE EXCEPTION 'a checkpoint holds the events that are there' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_checkpoint_follows BEFORE INSERT ON audit_checkpoints FOR EACH ROW EXECUTE FUNCTION audit_checkpoint_follows();
ALTER TABLE audit_checkpoints ENABLE ALWAYS TRIGGER audit_checkpoint_follows;

CREATE FUNCTION public.audit_sink_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.epoch := 0;
    NEW.xid := '0';
    NEW.event_id := 0;
    NEW.checkpoint := 0;
  ELSE
    IF NEW.url <> OLD.url OR NEW.checkpoint < OLD.checkpoint OR (NEW.epoch, NEW.xid, NEW.event_id) < (OLD.epoch, OLD.xid, OLD.event_id) THEN
      RAISE EXCEPTION 'the place of a sink moves ahead' USING ERRCODE = '42501';
    END IF;
    IF (NEW.epoch, NEW.xid, NEW.event_id) <> (OLD.epoch, OLD.xid, OLD.event_id) AND NOT EXISTS (
        SELECT FROM public.audit_events WHERE epoch = NEW.epoch AND xid = NEW.xid AND id = NEW.event_id
        AND (epoch < public.audit_epoch() OR xid < pg_snapshot_xmin(pg_current_snapshot())))
      OR NEW.checkpoint <> OLD.checkpoint AND NOT EXISTS (SELECT FROM public.audit_checkpoints WHERE id = NEW.checkpoint) THEN
      RAISE EXCEPTION 'a sink has no place at what is not there, or is not over' USING ERRCODE = '42501';
    END IF;
  END IF;
  NEW.moved_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER audit_sink_moves BEFORE INSERT OR UPDATE ON audit_sinks FOR EACH ROW EXECUTE FUNCTION audit_sink_moves();
