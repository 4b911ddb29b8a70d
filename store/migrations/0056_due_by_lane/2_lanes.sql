-- As deliveries_due, it serves a query that compares the time, and no other.
CREATE INDEX CONCURRENTLY deliveries_due_by_lane ON deliveries (due_lane, next_check_at)
  WHERE status IN ('queued', 'claimed') AND next_check_at IS NOT NULL;
