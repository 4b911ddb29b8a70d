DROP INDEX CONCURRENTLY IF EXISTS deliveries_due_by_lane;
