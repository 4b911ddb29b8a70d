-- A broadcast that somebody must acknowledge has one alert for everybody: a notification without a recipient, under the broadcast's
-- own id, that carries the rules. How many people have the broadcast and how many acknowledged it stands there and on the alert's copies.
ALTER TABLE notifications ALTER COLUMN user_id DROP NOT NULL;
ALTER TABLE delivery_events ALTER COLUMN user_id DROP NOT NULL;
ALTER TABLE notifications
  ADD COLUMN recipients integer,
  ADD COLUMN acknowledged integer;
CREATE INDEX notifications_alerts ON notifications (id) WHERE user_id IS NULL AND next_step_at IS NOT NULL;
