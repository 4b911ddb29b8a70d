-- Makes the partitions of this month and the three to come where they are missing, and answers when the last one ends. Whoever may call it can make
-- nothing else by it. Where it was not called for months, the default partition took the rows: it becomes the partition of those months, and rows of
-- other times, which no month takes, go to the next default one. A table whose partitions can't be made (somebody holds it) is left for the next
-- call, and holds up no other. Sessions take turns by the lock that ATTACH needs as well: the program's login has no right to hold it.
CREATE OR REPLACE FUNCTION public.make_partitions() RETURNS TABLE (parent text, ends timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' SET lock_timeout = '1s' AS $$
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
