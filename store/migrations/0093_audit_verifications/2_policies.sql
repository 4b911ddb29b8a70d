ALTER TABLE audit_verifications ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY auditor ON audit_verifications FOR SELECT USING ((SELECT public.has_role('auditor')));
CREATE POLICY auditor_asks ON audit_verifications FOR INSERT
  WITH CHECK ((SELECT public.has_role('auditor')) AND asked_by = public.actor_id() AND attempt = 0 AND finished_at IS NULL);
CREATE POLICY sealer ON audit_verifications FOR SELECT USING (public.actor_kind() = 'sealer');
CREATE POLICY sealer_goes_on ON audit_verifications FOR UPDATE USING (public.actor_kind() = 'sealer');
