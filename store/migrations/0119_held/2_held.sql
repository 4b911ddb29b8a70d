-- What somebody's quiet hours hold, or held before its last attempt.
CREATE INDEX CONCURRENTLY deliveries_held ON deliveries (user_id) WHERE status = 'queued' AND hold_until IS NOT NULL;
