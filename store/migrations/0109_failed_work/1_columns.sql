-- Whose work it is that failed; null where it is of no territory, or where an older node wrote it.
ALTER TABLE troubles ADD COLUMN territory_id text;
SELECT set_config('app.actor', 'relay', true);
UPDATE troubles SET territory_id = coalesce(
  (SELECT notifications.territory_id FROM notifications WHERE notifications.id = troubles.id),
  (SELECT sends.territory_id FROM sends WHERE sends.id = troubles.id));
SELECT set_config('app.actor', '', true);

-- It was made once more since the one before failed: it is not sent where its person has got the notification meanwhile. Older nodes send it.
ALTER TABLE deliveries ADD COLUMN redriven boolean NOT NULL DEFAULT false;
