-- Ranks the statuses of a delivery. A provider's report may only raise the rank, since reports come late, twice and in any order
-- (channels/outcome.ts, `advances`).
CREATE FUNCTION @rank(status text) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE status WHEN 'queued' THEN 0 WHEN 'claimed' THEN 1 WHEN 'unknown' THEN 2 WHEN 'skipped' THEN 2
    WHEN 'accepted' THEN 3 WHEN 'failed' THEN 4 WHEN 'delivered' THEN 5 END
$$;
