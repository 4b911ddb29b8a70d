-- How long a delivery waits for its next attempt, in ms: as long as its channel asked for, else 250 ms after the first attempt, and twice the wait before after
-- each other one, up to 5 minutes. A provider may ask for a day; what is critical is tried again within 5 minutes. docs/plugins.md prints it.
--   attempts   how many were made
--   asked_ms   null where the channel names no time
CREATE FUNCTION @wait_ms(attempts integer, asked_ms bigint, urgency text) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE WHEN asked_ms IS NULL THEN least(300000, 250 * (2 ^ least(greatest(attempts - 1, 0), 11))::bigint)
    WHEN urgency = 'critical' THEN least(asked_ms, 300000) ELSE asked_ms END
$$;
