-- What waits to be started, a lane each: whoever looks for what is critical walks past nothing else.
CREATE INDEX sends_critical ON sends (next_start_at) WHERE status = 'accepted' AND lane = 'critical';
CREATE INDEX sends_ordinary ON sends (next_start_at) WHERE status = 'accepted' AND lane = 'ordinary';
DROP INDEX sends_outbox;
