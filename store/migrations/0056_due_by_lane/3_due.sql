-- Older nodes: they look for what is due by this index, and by the lanes' from now on, which holds the same rows.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_due;
