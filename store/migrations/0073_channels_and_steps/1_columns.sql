-- What a send says of single ones of its channels: {"sms": {"from": "high", "parallel": true}}; null where it says nothing. Older nodes take them for channels without terms.
ALTER TABLE sends ADD COLUMN channel_terms jsonb;
-- It is begun with the channel before it, and goes on where another one has brought the notification to a device.
ALTER TABLE deliveries ADD COLUMN parallel boolean NOT NULL DEFAULT false;
