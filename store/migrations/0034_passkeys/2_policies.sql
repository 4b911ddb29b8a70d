ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sign_in ON passkeys FOR SELECT USING (actor_kind() = 'sign-in');
CREATE POLICY sign_in_uses ON passkeys FOR UPDATE USING (actor_kind() = 'sign-in');
CREATE POLICY self ON passkeys USING (actor_kind() = 'user' AND user_id = actor_id());
-- Admins see that somebody has one, and take a lost one off.
CREATE POLICY admin ON passkeys FOR SELECT USING ((SELECT has_role('admin')));
CREATE POLICY admin_removes ON passkeys FOR DELETE USING ((SELECT has_role('admin')));

ALTER TABLE used_challenges ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY answered ON used_challenges USING (actor_kind() IN ('sign-in', 'user'));
