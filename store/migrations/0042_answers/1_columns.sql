-- What people answer: somebody declines (the next step is taken at once), notes something with an acknowledgement, or reads a result back.
-- Notes and reasons are redacted as messages are.
ALTER TABLE notifications ADD COLUMN declined_at timestamptz;
ALTER TABLE notifications ADD COLUMN decline_reason text;
ALTER TABLE notifications ADD COLUMN acknowledge_note text;
-- Whoever acknowledges it has to read back what the sender named, which is sealed with the message.
ALTER TABLE notifications ADD COLUMN read_back boolean NOT NULL DEFAULT false;
ALTER TABLE sends ADD COLUMN read_back boolean NOT NULL DEFAULT false;
