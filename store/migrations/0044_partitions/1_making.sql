-- delivery_events and audit_events are partitioned by `at`, a month each (UTC). The program's login has no right on a partition, and each is
-- closed by row-level security without a policy: whoever is not the owner reaches rows by the name of the whole alone, through its policies.

-- What a partition has of its own: PostgreSQL gives it the keys, indexes and row triggers of the whole.
CREATE FUNCTION public.close_partition(parent text, part text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', part);
  IF parent = 'audit_events' THEN
    EXECUTE format('CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse()', part);
    EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER audit_refuse_truncate', part);
  END IF;
END $$;

-- Made beside and attached, which lets those who write to other partitions go on.
CREATE FUNCTION public.make_partition(parent text, part text, bounds text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
  PERFORM public.close_partition(parent, part);
  EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I %s', parent, part, bounds);
END $$;

-- When the last of a table's partitions ends, the default one aside.
CREATE FUNCTION public.end_of_partitions(parent text) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' SET standard_conforming_strings = on AS $$
BEGIN
  RETURN (SELECT max(substring(pg_get_expr(relpartbound, pg_class.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz)
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = format('public.%I', parent)::regclass);
END $$;

-- Makes the partitions of this month and the three to come where they are missing, and answers when the last one ends. Whoever may call it can make
-- nothing else by it. Where it was not called for months, the default partition took the rows: it becomes the partition of those months, and rows of
-- other times, which no month takes, go to the next default one. A table whose partitions can't be made (somebody holds it) is left for the next
-- call, and holds up no other. Sessions take turns by the lock that ATTACH needs as well: the program's login has no right to hold it.
CREATE FUNCTION public.make_partitions() RETURNS TABLE (parent text, ends timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' SET standard_conforming_strings = on SET lock_timeout = '1s' AS $$
DECLARE
  wanted CONSTANT timestamptz := date_trunc('month', now()) + interval '4 months';
  fallback text;
  part text;
  last timestamptz;
  month timestamptz;
BEGIN
  FOREACH parent IN ARRAY ARRAY['delivery_events', 'audit_events'] LOOP
    BEGIN
      IF public.end_of_partitions(parent) < wanted THEN
        EXECUTE format('LOCK TABLE ONLY public.%I IN SHARE UPDATE EXCLUSIVE MODE', parent);
      END IF;
      ends := public.end_of_partitions(parent);
      fallback := parent || '_default';
      IF ends < wanted THEN
        EXECUTE format('SELECT max(at) FROM public.%I WHERE at >= %L AND at < %L', fallback, ends, wanted) INTO last;
        IF last IS NOT NULL THEN
          month := date_trunc('month', last) + interval '1 month';
          part := parent || to_char(ends, '_YYYY_MM');
          EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', parent, fallback);
          EXECUTE format('ALTER TABLE public.%I RENAME TO %I', fallback, part);
          EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', fallback, parent);
          EXECUTE format('WITH strays AS (DELETE FROM public.%I WHERE at < %L OR at >= %L RETURNING *) INSERT INTO public.%I SELECT * FROM strays',
            part, ends, month, fallback);
          EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', parent, part, ends, month);
          PERFORM public.close_partition(parent, fallback);
          EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I DEFAULT', parent, fallback);
          ends := month;
        END IF;
        WHILE ends < wanted LOOP
          month := date_trunc('month', ends) + interval '1 month';
          PERFORM public.make_partition(parent, parent || to_char(ends, '_YYYY_MM'), format('FOR VALUES FROM (%L) TO (%L)', ends, month));
          ends := month;
        END LOOP;
      END IF;
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'the partitions of % could not be made: %', parent, SQLERRM;
      ends := public.end_of_partitions(parent);
    END;
    RETURN NEXT;
  END LOOP;
END $$;
