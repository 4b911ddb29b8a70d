-- Older nodes: the number alone is unique already.
CREATE UNIQUE INDEX CONCURRENTLY delivery_events_key ON delivery_events (id, at);
