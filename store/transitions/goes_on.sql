-- Whether an attempt is one of many that say the same: the live channel is tried for as long as the bus is away. Timeline and record have the first of
-- them and how it ended, with the number of attempts.
CREATE FUNCTION @goes_on(delivery public.deliveries) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT delivery.channel = 'websocket' AND delivery.retry_since IS NOT NULL
$$;
