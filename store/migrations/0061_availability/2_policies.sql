-- One more actor:   territory:<id>   reads who the people of a territory are, whether they are available, and which channels reach them
ALTER TABLE availability ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY self ON availability USING (public.actor_kind() = 'user' AND user_id = (SELECT public.actor_id()));
CREATE POLICY covers ON availability FOR SELECT
  USING (public.actor_kind() = 'user' AND delegate_id = (SELECT public.actor_id()));
CREATE POLICY worker ON availability FOR SELECT
  USING (public.actor_kind() = 'worker' AND public.worker_reaches(user_id, (SELECT public.worker_territory())));

CREATE POLICY territory ON availability FOR SELECT
  USING (public.actor_kind() = 'territory' AND public.is_member(user_id, (SELECT public.actor_id())));
CREATE POLICY territory ON memberships FOR SELECT
  USING (public.actor_kind() = 'territory' AND territory_id = (SELECT public.actor_id()));
CREATE POLICY territory ON users FOR SELECT
  USING (public.actor_kind() = 'territory' AND public.is_member(id, (SELECT public.actor_id())));
CREATE POLICY territory ON contact_points FOR SELECT
  USING (public.actor_kind() = 'territory' AND public.is_member(user_id, (SELECT public.actor_id())));
CREATE POLICY territory ON inboxes FOR SELECT
  USING (public.actor_kind() = 'territory' AND public.is_member(user_id, (SELECT public.actor_id())));
