-- How long the next channel of a delivery's round waits, in ms; null where no further channel waits for its attempt.
CREATE FUNCTION @next_channel_ms(delivery public.deliveries, priority text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wait CONSTANT interval := CASE
    WHEN delivery.status = 'queued' THEN delivery.retry_since + interval '60 seconds' - clock_timestamp()
    WHEN delivery.status NOT IN ('accepted', 'delivered') THEN interval '0'
    WHEN priority = 'critical' THEN make_interval(secs => coalesce(
      (SELECT (settings->>'takeover_seconds')::integer FROM public.territories WHERE id = delivery.territory_id), 15))
    ELSE interval '30 seconds' END;
BEGIN
  IF NOT EXISTS (SELECT FROM public.deliveries AS behind WHERE behind.notification_id = delivery.notification_id
      AND behind.round = delivery.round AND behind.position > delivery.position AND behind.status IN ('queued', 'claimed')) THEN
    RETURN NULL;
  END IF;
  RETURN greatest(0, extract(epoch FROM wait) * 1000)::bigint;
END $$;
