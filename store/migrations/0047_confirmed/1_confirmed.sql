-- Whether a change that is over was confirmed. Older nodes: what they end counts as taken back, and who gave a role then says whose making somebody is.
ALTER TABLE pending_changes ADD COLUMN confirmed boolean NOT NULL DEFAULT false;
-- Until now the record alone told the two apart.
SELECT set_config('app.actor', 'sealer', true);
ALTER TABLE pending_changes NO FORCE ROW LEVEL SECURITY;
UPDATE pending_changes SET confirmed = true WHERE over_at IS NOT NULL AND EXISTS (
  SELECT FROM audit_events WHERE object_id IN (subject_id, lower(subject_id)) AND action = 'change.confirm' AND outcome = 'ok'
  AND payload->>'change_id' = pending_changes.id::text);
ALTER TABLE pending_changes FORCE ROW LEVEL SECURITY;
