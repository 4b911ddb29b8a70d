-- Setting an installation up makes its first admin, who sets the password by a link like everybody else.
CREATE POLICY setup ON invitations USING (actor_kind() = 'setup');
-- Whether somebody can sign in, and so is an admin already.
CREATE POLICY setup ON user_identities FOR SELECT USING (actor_kind() = 'setup');
