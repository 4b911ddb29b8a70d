-- Older nodes: the number alone is unique already.
CREATE UNIQUE INDEX CONCURRENTLY audit_events_key ON audit_events (id, at);
