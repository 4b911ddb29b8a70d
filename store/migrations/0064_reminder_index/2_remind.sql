CREATE INDEX CONCURRENTLY notifications_remind ON notifications (remind_at) WHERE remind_at IS NOT NULL;
