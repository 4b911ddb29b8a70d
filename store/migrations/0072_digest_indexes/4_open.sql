CREATE INDEX CONCURRENTLY IF NOT EXISTS sends_digest ON sends (digest_hash, send_at) WHERE digest_hash IS NOT NULL;
