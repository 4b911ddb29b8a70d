ALTER TABLE push_devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE push_devices FORCE ROW LEVEL SECURITY;
CREATE POLICY self ON push_devices USING ((SELECT public.actor_kind()) = 'user' AND user_id = (SELECT public.actor_id()));
-- An attempt learns which devices are no more.
CREATE POLICY worker ON push_devices FOR SELECT USING (user_id = ANY ((SELECT public.worker_people())::text[]));
CREATE POLICY worker_loses ON push_devices FOR UPDATE USING (user_id = ANY ((SELECT public.worker_people())::text[]));
