-- Each name goes to a table partitioned by `at`, with the columns, triggers, rights, policies and indexes of now, whose first partition is the table of
-- before: nothing is rewritten, and its rows were found to be from before the bound by 0043_partition_keys.
-- Older nodes: they write and read by the same names, and the numbers count on.
DO $$
DECLARE
  name text;
  old text;
  numbers text;
  until text;
  taken text[];
  given text[];
  statement text;
BEGIN
  FOREACH name IN ARRAY ARRAY['delivery_events', 'audit_events'] LOOP
    old := name || '_before';
    numbers := name || '_id_seq';
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', name);
    SELECT substring(pg_get_constraintdef(oid) FROM '''([^'']+)''') INTO STRICT until
    FROM pg_catalog.pg_constraint WHERE conrelid = format('public.%I', name)::regclass AND conname = name || '_until' AND convalidated;

    -- What the whole gets, and what the first partition has no more; read before anything is renamed.
    WITH acls AS (
      SELECT relname, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, acl.*
      FROM pg_catalog.pg_class, aclexplode(relacl) AS acl
      WHERE pg_class.oid IN (format('public.%I', name)::regclass, format('public.%I', numbers)::regclass) AND acl.grantee <> relowner),
    who AS (SELECT *, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS login FROM acls)
    SELECT array_agg(format('REVOKE ALL ON public.%I FROM %s', old, login)) FILTER (WHERE kind = 'TABLE'),
      array_agg(format('GRANT %s ON %s public.%I TO %s%s', privilege_type, kind, relname, login, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END))
    INTO taken, given FROM who;
    SELECT taken || array_agg(format('DROP POLICY %I ON public.%I', policyname, old)),
      given || array_agg(concat_ws(' ', format('CREATE POLICY %I ON public.%I AS %s FOR %s TO %s', policyname, name, permissive, cmd,
        (SELECT string_agg(CASE role WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(role) END, ', ') FROM unnest(roles) AS role)),
        'USING (' || qual || ')', 'WITH CHECK (' || with_check || ')'))
    INTO taken, given FROM pg_catalog.pg_policies WHERE schemaname = 'public' AND tablename = name;
    SELECT taken || coalesce(array_agg(format('DROP TRIGGER %I ON public.%I', tgname, old)), '{}'),
      given || coalesce(array_agg(pg_get_triggerdef(oid)), '{}')
        || coalesce(array_agg(format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER %I', name, tgname)) FILTER (WHERE tgenabled = 'A'), '{}')
    INTO taken, given FROM pg_catalog.pg_trigger WHERE tgrelid = format('public.%I', name)::regclass AND NOT tgisinternal;
    SELECT taken || array_agg(format('ALTER INDEX public.%I RENAME TO %I', relname, old || substr(relname, length(name) + 1))),
      given || array_agg(pg_get_indexdef(indexrelid))
    INTO taken, given FROM pg_catalog.pg_index JOIN pg_catalog.pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = format('public.%I', name)::regclass AND NOT indisprimary AND relname <> name || '_key';

    EXECUTE format('ALTER TABLE public.%I RENAME TO %I', name, old);
    EXECUTE format('ALTER SEQUENCE public.%I RENAME TO %I', numbers, old || '_id_seq');
    EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT %I, ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I', old, name || '_pkey', old || '_pkey', name || '_key');
    FOREACH statement IN ARRAY taken LOOP EXECUTE statement; END LOOP;

    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (at)', name, old);
    EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT %I, ADD CONSTRAINT %I PRIMARY KEY (id, at)', name, name || '_until', name || '_pkey');
    EXECUTE format('ALTER TABLE public.%I ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.%I)', name, numbers);
    EXECUTE format('SELECT setval(%L, last_value, is_called) FROM public.%I', 'public.' || numbers, old || '_id_seq');
    EXECUTE format('ALTER TABLE public.%I ALTER COLUMN id DROP IDENTITY', old);
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    FOREACH statement IN ARRAY given LOOP EXECUTE statement; END LOOP;

    PERFORM public.close_partition(name, old);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (MINVALUE) TO (%L)', name, old, until);
    EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT %I', old, name || '_until');
    PERFORM public.make_partition(name, name || '_default', 'DEFAULT');
  END LOOP;
END $$;

-- An event's leaf, of the whole's rows and of each partition's.
-- Older nodes: triggers and transitions call it by its name.
DROP FUNCTION public.audit_leaf(public.audit_events_before);
CREATE FUNCTION public.audit_leaf(event public.audit_events) RETURNS bytea LANGUAGE sql STABLE
  RETURN sha256('\x00'::bytea || convert_to(jsonb_build_array(
    event.id, event.epoch, event.xid::text, extract(epoch FROM event.at), event.territory_id, event.actor,
    event.action, event.outcome, event.object_id, event.payload)::text, 'UTF8'));

SELECT public.make_partitions();
