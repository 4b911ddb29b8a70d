-- Keeps a person's address of the channel `push` to the list of their devices, as the channel reads it: with it, and without a device without it, everything that asks
-- whether a channel reaches somebody goes on as for every other channel. Whoever changed a device, the address is the person's own.
CREATE FUNCTION public.follow_devices() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  person text := CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END;
  actor text := current_setting('app.actor', true);
  devices text;
BEGIN
  -- Two devices that are added at once: the later one has to see the other.
  PERFORM pg_advisory_xact_lock(hashtextextended(person, 8));
  PERFORM set_config('app.actor', 'user:' || person, true);
  SELECT json_agg(json_build_object('id', id, 'endpoint', endpoint, 'keys', json_build_object('p256dh', p256dh, 'auth', auth)) ORDER BY created_at, id)::text
    INTO devices FROM public.push_devices WHERE user_id = person AND gone_at IS NULL;
  IF devices IS NULL THEN
    DELETE FROM public.contact_points WHERE user_id = person AND channel = 'push';
  ELSE
    INSERT INTO public.contact_points (user_id, channel, address, verified_at) VALUES (person, 'push', devices, clock_timestamp())
      ON CONFLICT (user_id, channel) DO UPDATE SET address = excluded.address, verified_at = excluded.verified_at;
  END IF;
  PERFORM set_config('app.actor', coalesce(actor, ''), true);
  RETURN NULL;
END $$;
CREATE TRIGGER follow AFTER INSERT OR DELETE OR UPDATE OF endpoint, p256dh, auth, gone_at ON push_devices
  FOR EACH ROW EXECUTE FUNCTION public.follow_devices();

-- A session that somebody ended, whoever it was: what is told on its device is told to nobody who has signed out there.
CREATE FUNCTION public.forget_devices() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  actor text := current_setting('app.actor', true);
BEGIN
  PERFORM set_config('app.actor', 'user:' || NEW.user_id, true);
  DELETE FROM public.push_devices WHERE session_id = NEW.id;
  PERFORM set_config('app.actor', coalesce(actor, ''), true);
  RETURN NULL;
END $$;
CREATE TRIGGER forget_devices AFTER UPDATE OF revoked_at ON sessions
  FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION public.forget_devices();
