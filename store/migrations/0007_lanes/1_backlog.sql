-- What came in bulk waits here, a queue a territory; the relay starts it, the territories in turn.
CREATE INDEX sends_backlog ON sends (territory_id, next_start_at) WHERE status = 'accepted' AND lane = 'bulk';
CREATE INDEX sends_under_way ON sends (next_start_at) WHERE status = 'accepted' AND lane = 'bulk' AND start_attempts > 0;
-- A notification keeps the lane of its send, for whoever starts its workflow again.
ALTER TABLE notifications ADD COLUMN lane text NOT NULL DEFAULT 'ordinary' CHECK (lane IN ('critical', 'ordinary', 'bulk'));
ALTER TABLE notifications NO FORCE ROW LEVEL SECURITY;
UPDATE notifications SET lane = 'critical' WHERE priority = 'critical';
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;

CREATE POLICY relay ON territories FOR SELECT USING ((SELECT actor_kind()) = 'relay');
