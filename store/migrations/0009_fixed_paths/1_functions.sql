-- A function that looks tables up along the caller's search_path can be led to another table of the same name, and one that runs
-- as the owner (SECURITY DEFINER) then runs that table's code as the owner. So every function here is either parsed when it is made
-- (RETURN), or has a fixed path with pg_temp last, where PostgreSQL would search it first. Names are qualified besides.

-- Parsed when made; PostgreSQL can still put the text into the policies that call them.
CREATE OR REPLACE FUNCTION public.actor_kind() RETURNS text LANGUAGE sql STABLE
  RETURN nullif(split_part(current_setting('app.actor', true), ':', 1), '');
CREATE OR REPLACE FUNCTION public.actor_id() RETURNS text LANGUAGE sql STABLE
  RETURN substr(current_setting('app.actor', true), length(public.actor_kind()) + 2);
CREATE OR REPLACE FUNCTION public.worker_notification() RETURNS uuid LANGUAGE sql STABLE
  RETURN CASE WHEN public.actor_kind() = 'worker' THEN public.actor_id()::uuid END;
CREATE OR REPLACE FUNCTION public.callback_channel() RETURNS text LANGUAGE sql STABLE
  RETURN CASE WHEN public.actor_kind() = 'callback' THEN public.actor_id() END;
CREATE OR REPLACE FUNCTION public.audit_leaf(event public.audit_events) RETURNS bytea LANGUAGE sql STABLE
  RETURN sha256('\x00'::bytea || convert_to(jsonb_build_array(
    event.id, event.epoch, event.xid::text, extract(epoch FROM event.at), event.territory_id, event.actor,
    event.action, event.outcome, event.object_id, event.payload)::text, 'UTF8'));
-- A function keeps its old settings when its text is replaced.
ALTER FUNCTION public.audit_leaf(public.audit_events) RESET search_path;

-- These run as the owner.
CREATE OR REPLACE FUNCTION public.my_territories() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'user' THEN RETURN '{}'; END IF;
  RETURN (SELECT coalesce(array_agg(territory_id), '{}') FROM public.memberships
    WHERE user_id = public.actor_id() AND territory_id IS NOT NULL);
END $$;
CREATE OR REPLACE FUNCTION public.supervised_territories() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'user' THEN RETURN '{}'; END IF;
  RETURN (SELECT coalesce(array_agg(territory_id), '{}') FROM public.memberships
    WHERE user_id = public.actor_id() AND role = 'supervisor');
END $$;
CREATE OR REPLACE FUNCTION public.has_role(wanted text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'user' THEN RETURN false; END IF;
  RETURN EXISTS (SELECT FROM public.memberships
    WHERE user_id = public.actor_id() AND territory_id IS NULL AND role = wanted);
END $$;
CREATE OR REPLACE FUNCTION public.service_territories() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'service' THEN RETURN '{}'; END IF;
  RETURN (SELECT coalesce(array_agg(territory_id), '{}') FROM public.service_keys, unnest(territory_ids) AS territory_id
    WHERE service_id::text = public.actor_id() AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()));
END $$;
CREATE OR REPLACE FUNCTION public.worker_people() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'worker' THEN RETURN '{}'; END IF;
  RETURN (SELECT coalesce(array_agg(user_id), '{}') FROM public.memberships
    WHERE territory_id = public.worker_territory());
END $$;

-- These run as whoever calls them, which may be one of those above, or a policy.
CREATE OR REPLACE FUNCTION public.worker_territory() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'worker' THEN RETURN NULL; END IF;
  RETURN coalesce(
    (SELECT territory_id FROM public.sends WHERE id = public.worker_notification()),
    (SELECT territory_id FROM public.notifications WHERE id = public.worker_notification()));
END $$;
CREATE OR REPLACE FUNCTION public.worker_recipient() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT user_id FROM public.sends WHERE id = public.worker_notification());
END $$;
CREATE OR REPLACE FUNCTION public.worker_copies() RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT send_id FROM public.notifications WHERE id = public.worker_notification());
END $$;
CREATE OR REPLACE FUNCTION public.received(send_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.notifications
    WHERE notifications.send_id = received.send_id AND user_id = public.actor_id());
END $$;
CREATE OR REPLACE FUNCTION public.reaches(id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.notifications WHERE notifications.id = reaches.id);
END $$;
CREATE OR REPLACE FUNCTION public.callback_reaches(id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.deliveries
    WHERE notification_id = callback_reaches.id AND channel = public.callback_channel() AND provider_id IS NOT NULL);
END $$;

-- Triggers run as whoever changes the row: the owner, too, where a foreign key deletes it.
CREATE OR REPLACE FUNCTION public.audit_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.xid := pg_current_xact_id();
  NEW.at := now();
  NEW.leaf := public.audit_leaf(NEW);
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION public.audit_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
CREATE OR REPLACE FUNCTION public.announce_revocation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
BEGIN
  PERFORM pg_notify('tocsin_revoked', CASE TG_TABLE_NAME
    WHEN 'sessions' THEN json_build_object('sessionId', was->'id')
    WHEN 'memberships' THEN json_build_object('userId', was->'user_id')
    ELSE json_build_object('userId', was->'id') END::text);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION public.keep_original() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.shredded_at IS NULL AND NEW.id = OLD.id AND NEW.territory_id = OLD.territory_id THEN
    IF NEW.shredded_at IS NOT NULL AND public.actor_kind() = 'retention' THEN RETURN NEW; END IF;
    IF NEW.shredded_at IS NULL AND NEW.sealed = OLD.sealed AND public.actor_kind() = 'rotation' THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'an original is wrapped anew or destroyed, never changed' USING ERRCODE = '42501';
END $$;
