-- Receipts find a delivery by its notification.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_unreceived;
