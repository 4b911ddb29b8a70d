-- When a later round last told its recipient of it again; null while it was told once.
ALTER TABLE notifications ADD COLUMN told_again_at timestamptz;
-- What happened to an alert has still to come to some of its copies, a page of inboxes at a time: that it is resolved, completed, or open again.
ALTER TABLE notifications ADD COLUMN behind boolean NOT NULL DEFAULT false;

-- For how long after what it ends a stand-down is sent, in minutes, as the alert's policy says; null in those from older nodes, and in every other delivery.
ALTER TABLE deliveries ADD COLUMN stand_down_minutes integer;
