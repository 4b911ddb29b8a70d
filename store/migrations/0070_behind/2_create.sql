-- Alerts that copies are behind of: few, and only for a moment.
CREATE INDEX CONCURRENTLY notifications_behind ON notifications (id) WHERE behind;
