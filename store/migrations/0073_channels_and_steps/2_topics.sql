-- Steps of an escalation may tell a topic: its people are looked up as the step is due.
CREATE POLICY worker ON topics FOR SELECT
  USING (public.actor_kind() = 'worker' AND territory_id = (SELECT public.worker_territory()));
CREATE POLICY worker ON topic_members FOR SELECT
  USING (public.actor_kind() = 'worker' AND territory_id = (SELECT public.worker_territory()));
