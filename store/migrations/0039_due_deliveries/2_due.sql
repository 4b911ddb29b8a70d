-- It serves a query that compares the time, and no other. While much more is unfinished than PostgreSQL's statistics know of, an index
-- that fits whoever asks for the status looks like the cheapest way to the deliveries of one notification, and each attempt reads all that
-- is unfinished.
CREATE INDEX CONCURRENTLY deliveries_due ON deliveries (next_check_at)
  WHERE status IN ('queued', 'claimed') AND next_check_at IS NOT NULL;
