-- Deliveries that failed, the latest first.
CREATE INDEX CONCURRENTLY deliveries_failed ON deliveries (updated_at DESC, id DESC) WHERE status = 'failed' AND stand_down IS NULL;
