-- Whether a change that is over was confirmed. Older nodes: what they end counts as taken back, and who gave a role then says whose making somebody is.
ALTER TABLE pending_changes ADD COLUMN confirmed boolean NOT NULL DEFAULT false;
-- Until now nothing told the two apart, and all counted as confirmed.
ALTER TABLE pending_changes NO FORCE ROW LEVEL SECURITY;
UPDATE pending_changes SET confirmed = true WHERE over_at IS NOT NULL;
ALTER TABLE pending_changes FORCE ROW LEVEL SECURITY;
