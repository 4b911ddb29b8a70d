-- A copy came to its recipient as the delegate of these people.
ALTER TABLE notifications ADD COLUMN covers_for text[] NOT NULL DEFAULT '{}';
