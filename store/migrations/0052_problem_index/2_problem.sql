-- The alert of a problem, and what is still on its way to it.
CREATE INDEX CONCURRENTLY sends_problem ON sends (dedup_hash, status) WHERE dedup_hash IS NOT NULL;
