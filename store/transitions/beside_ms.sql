-- How long a channel that is still being tried is waited for until the next one begins beside it, in ms. A critical notification's next
-- channel begins as late as its territory says, whatever the one before it does.
CREATE FUNCTION @beside_ms(territory text, urgency text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF urgency <> 'critical' THEN RETURN 60000; END IF;
  RETURN 1000 * coalesce((SELECT (settings->>'takeover_seconds')::integer FROM public.territories WHERE id = territory), 15);
END $$;
