CREATE INDEX CONCURRENTLY IF NOT EXISTS notifications_digest ON notifications (digest) WHERE digest IS NOT NULL;
