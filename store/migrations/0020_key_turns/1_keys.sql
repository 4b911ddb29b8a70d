-- The key that a send came with: keys of one territory take turns.
ALTER TABLE sends ADD COLUMN service_key_id text;
