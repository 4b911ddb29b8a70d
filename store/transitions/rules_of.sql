-- The rules of the alert that a send began; null where it has none. Those of a broadcast stand in the notification of its own id, which its people's workers
-- don't see. The actor stays.
CREATE FUNCTION @rules_of(send uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  actor CONSTANT text := current_setting('app.actor');
  rules jsonb;
BEGIN
  PERFORM set_config('app.actor', 'worker:' || send, true);
  SELECT notifications.escalation INTO rules FROM public.notifications WHERE notifications.id = send;
  PERFORM set_config('app.actor', actor, true);
  RETURN rules;
END $$;
