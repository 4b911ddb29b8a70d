-- Makes delivery_events and audit_events ready to become the first partitions of tables of their names (0044_partitions), beside those who
-- write to them: rows from before a day that lies a month ahead at least, and a key that holds their time. Both tables take their rows until
-- then, so there is a month to finish the migration in.
DO $$
DECLARE
  name text;
  until text := to_char(date_trunc('month', now() AT TIME ZONE 'UTC' + interval '31 days') + interval '1 month', 'YYYY-MM-DD 00:00:00+00');
BEGIN
  PERFORM set_config('lock_timeout', '1s', true);
  FOREACH name IN ARRAY ARRAY['delivery_events', 'audit_events'] LOOP
    -- Older nodes: they write no time that lies ahead.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = format('public.%I', name)::regclass AND conname = name || '_until') THEN
      EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT %I CHECK (at < %L) NOT VALID', name, name || '_until', until);
    END IF;
  END LOOP;
END $$;
