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
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
BEGIN
  RETURN (SELECT max(substring(pg_get_expr(relpartbound, pg_class.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz)
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = format('public.%I', parent)::regclass);
END $$;

-- Makes the partitions of this month and the three to come where they are missing, and answers when the last one ends. Whoever may call it can make
-- nothing else by it. Where it was not called for months, the default partition took the rows: it becomes the partition of those months, since
-- rows of the record can't be moved. Does nothing while another session does it.
CREATE FUNCTION public.make_partitions() RETURNS TABLE (parent text, ends timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' SET lock_timeout = '1s' AS $$
DECLARE
  wanted CONSTANT timestamptz := date_trunc('month', now()) + interval '4 months';
  mine CONSTANT boolean := pg_try_advisory_xact_lock(7011006);
  fallback text;
  part text;
  first timestamptz;
  last timestamptz;
  month timestamptz;
BEGIN
  FOREACH parent IN ARRAY ARRAY['delivery_events', 'audit_events'] LOOP
    ends := public.end_of_partitions(parent);
    fallback := parent || '_default';
    IF mine AND ends < wanted THEN
      EXECUTE format('SELECT min(at), max(at) FROM public.%I', fallback) INTO first, last;
      IF last >= ends THEN
        IF first < ends OR last >= wanted THEN
          RAISE EXCEPTION '% holds rows of % to %, which no partition from % on can take', fallback, first, last, ends;
        END IF;
        month := date_trunc('month', last) + interval '1 month';
        part := parent || to_char(ends, '_YYYY_MM');
        EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', parent, fallback);
        EXECUTE format('ALTER TABLE public.%I RENAME TO %I', fallback, part);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', parent, part, ends, month);
        PERFORM public.make_partition(parent, fallback, 'DEFAULT');
        ends := month;
      END IF;
      WHILE ends < wanted LOOP
        month := date_trunc('month', ends) + interval '1 month';
        PERFORM public.make_partition(parent, parent || to_char(ends, '_YYYY_MM'), format('FOR VALUES FROM (%L) TO (%L)', ends, month));
        ends := month;
      END LOOP;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
