-- One more actor:   sealer   reads every audit event and appends checkpoints

ALTER TABLE audit_checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_checkpoints FORCE ROW LEVEL SECURITY;

CREATE POLICY sealer ON audit_events FOR SELECT USING ((SELECT actor_kind()) = 'sealer');
CREATE POLICY sealer ON audit_checkpoints FOR SELECT USING ((SELECT actor_kind()) = 'sealer');
CREATE POLICY seal ON audit_checkpoints FOR INSERT WITH CHECK ((SELECT actor_kind()) = 'sealer');
CREATE POLICY auditor ON audit_checkpoints FOR SELECT USING ((SELECT has_role('auditor')));
