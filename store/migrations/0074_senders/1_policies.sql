-- A notification's worker sees the service that sent it: its recipient reads that service's name.
CREATE POLICY sender ON services FOR SELECT
  USING (id = (SELECT service_id FROM notifications WHERE notifications.id = (SELECT worker_notification())));
