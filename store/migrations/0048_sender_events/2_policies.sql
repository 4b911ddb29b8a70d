-- One more actor:   announcer   reads what became of notifications, writes the events of services, and brings them to webhooks
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['event_log', 'event_feeds', 'service_events', 'webhooks', 'webhook_secrets', 'webhook_deliveries'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format($policy$CREATE POLICY announcer ON public.%I USING (public.actor_kind() = 'announcer')$policy$, name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['event_feeds', 'webhooks', 'webhook_secrets', 'webhook_deliveries'] LOOP
    EXECUTE format($policy$CREATE POLICY manage ON public.%I USING ((SELECT public.has_role('admin')))$policy$, name);
  END LOOP;
END $$;

-- By their names these are asked last (0033_cheapest_first).
CREATE POLICY announcer ON delivery_events FOR SELECT USING (public.actor_kind() = 'announcer');
CREATE POLICY announcer ON notifications FOR SELECT USING (public.actor_kind() = 'announcer');

-- Deliveries are listed with the event.
CREATE POLICY admin ON service_events FOR SELECT USING ((SELECT public.has_role('admin')));
CREATE POLICY service ON service_events FOR SELECT USING (public.actor_kind() = 'service'
  AND service_id::text = (SELECT public.actor_id()) AND territory_id = ANY ((SELECT public.service_territories())::text[]));
CREATE POLICY service ON event_feeds USING (public.actor_kind() = 'service' AND service_id::text = (SELECT public.actor_id()));

CREATE POLICY rotation ON webhook_secrets FOR SELECT USING (public.actor_kind() = 'rotation');
CREATE POLICY rewrap ON webhook_secrets FOR UPDATE USING (public.actor_kind() = 'rotation');

-- Whether a key of the service is good now in the territory: without one it hears nothing from there.
CREATE FUNCTION public.service_reaches(service uuid, territory text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'announcer' THEN RETURN false; END IF;
  RETURN EXISTS (SELECT FROM public.service_keys WHERE service_keys.service_id = service AND territory = ANY (service_keys.territory_ids)
    AND service_keys.revoked_at IS NULL AND (service_keys.expires_at IS NULL OR service_keys.expires_at > now()));
END $$;

-- Whether a webhook keeps the caller's feed open.
CREATE FUNCTION public.has_webhook(service uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.webhooks WHERE webhooks.service_id = service AND webhooks.deleted_at IS NULL AND webhooks.disabled_at IS NULL);
END $$;
CREATE POLICY service ON webhooks FOR SELECT USING (public.actor_kind() = 'service' AND service_id::text = (SELECT public.actor_id()));
