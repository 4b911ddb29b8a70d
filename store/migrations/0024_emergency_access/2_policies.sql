-- One more actor:   emergency:<access id>   reads what that access opened, for as long as it lasts
ALTER TABLE emergency_accesses ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Whose territories' accesses somebody reviews: supervisors, and the person whom the territory names.
CREATE FUNCTION public.reviewed_territories() RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'user' THEN RETURN '{}'; END IF;
  RETURN ARRAY(SELECT unnest(public.supervised_territories())
    UNION SELECT id FROM public.territories
      WHERE id = ANY (public.my_territories()) AND settings->>'privacy_officer' = public.actor_id());
END $$;

CREATE POLICY opens ON emergency_accesses FOR INSERT
  WITH CHECK (actor_kind() = 'user' AND user_id = actor_id() AND reviewed_at IS NULL);
CREATE POLICY own ON emergency_accesses FOR SELECT USING (actor_kind() = 'user' AND user_id = actor_id());
CREATE POLICY reviewer ON emergency_accesses FOR SELECT
  USING (actor_kind() = 'user' AND territory_id = ANY ((SELECT reviewed_territories())::text[]));
CREATE POLICY reviews ON emergency_accesses FOR UPDATE
  USING (actor_kind() = 'user' AND reviewed_at IS NULL AND user_id <> actor_id()
    AND territory_id = ANY ((SELECT reviewed_territories())::text[]))
  WITH CHECK (actor_kind() = 'user' AND reviewed_by = actor_id());
CREATE POLICY emergency ON emergency_accesses FOR SELECT
  USING (actor_kind() = 'emergency' AND id::text = actor_id() AND expires_at > now());

-- What was opened, and why, stays as it was.
CREATE FUNCTION public.keep_access() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF to_jsonb(NEW) - '{reviewed_at,reviewed_by,verdict,review}'::text[]
      IS DISTINCT FROM to_jsonb(OLD) - '{reviewed_at,reviewed_by,verdict,review}'::text[] OR OLD.reviewed_at IS NOT NULL THEN
    RAISE EXCEPTION 'an emergency access is reviewed once, never changed' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_access BEFORE UPDATE ON emergency_accesses FOR EACH ROW EXECUTE FUNCTION keep_access();

CREATE FUNCTION public.emergency_opens(id uuid, recipient text, territory text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.emergency_accesses AS access
    WHERE access.id::text = public.actor_id() AND access.expires_at > now()
      AND access.recipient_id = emergency_opens.recipient AND access.territory_id = emergency_opens.territory
      AND (access.notification_id IS NULL OR access.notification_id = emergency_opens.id));
END $$;
CREATE POLICY emergency ON notifications FOR SELECT
  USING (actor_kind() = 'emergency' AND emergency_opens(id, user_id, territory_id));
CREATE FUNCTION public.emergency_reads(send uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.notifications WHERE notifications.send_id = emergency_reads.send);
END $$;
CREATE POLICY emergency ON sends FOR SELECT USING (actor_kind() = 'emergency' AND emergency_reads(id));
