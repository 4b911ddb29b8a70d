-- What came in bulk and has a workflow of its own, of each territory, so that a page's thousands are never walked to find it.
CREATE INDEX CONCURRENTLY sends_alone ON sends (territory_id, next_start_at) WHERE status = 'accepted' AND lane = 'bulk' AND (alone OR user_id IS NULL);
