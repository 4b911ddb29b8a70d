-- Two more actors:   schedule:<id>   reads one schedule, the names of its people, and who is active in its territory
--                    feed:<hash, hexadecimal>   finds the schedule that a calendar reads by its token
ALTER TABLE schedules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE schedule_overrides ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE on_call_roles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Everybody of a territory sees who is on call there, and so do its services and the workflows of its alerts; its supervisors keep it.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['schedules', 'schedule_overrides', 'on_call_roles'] LOOP
    EXECUTE format($policy$CREATE POLICY supervisor ON public.%I
      USING (public.actor_kind() = 'user' AND territory_id = ANY ((SELECT public.supervised_territories())::text[]))$policy$, name);
    EXECUTE format($policy$CREATE POLICY member ON public.%I FOR SELECT
      USING (public.actor_kind() = 'user' AND territory_id = ANY ((SELECT public.my_territories())::text[]))$policy$, name);
    EXECUTE format($policy$CREATE POLICY service ON public.%I FOR SELECT
      USING (public.actor_kind() = 'service' AND territory_id = ANY ((SELECT public.service_territories())::text[]))$policy$, name);
    EXECUTE format($policy$CREATE POLICY worker ON public.%I FOR SELECT
      USING (public.actor_kind() = 'worker' AND territory_id = (SELECT public.worker_territory()))$policy$, name);
  END LOOP;
END $$;

-- Whoever is on call may give a while of it to a colleague: the program checks whose turn it is.
CREATE POLICY give ON schedule_overrides FOR INSERT WITH CHECK (
  public.actor_kind() = 'user' AND author_id = (SELECT public.actor_id())
  AND territory_id = ANY ((SELECT public.my_territories())::text[]));

CREATE POLICY feed ON schedules FOR SELECT
  USING (public.actor_kind() = 'feed' AND encode(feed_hash, 'hex') = (SELECT public.actor_id()));
CREATE POLICY itself ON schedules FOR SELECT
  USING (public.actor_kind() = 'schedule' AND id::text = (SELECT public.actor_id()));
CREATE POLICY its_schedule ON schedule_overrides FOR SELECT
  USING (public.actor_kind() = 'schedule' AND schedule_id::text = (SELECT public.actor_id()));
CREATE FUNCTION public.schedule_people() RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'schedule' THEN RETURN '{}'; END IF;
  RETURN ARRAY(
    SELECT jsonb_array_elements_text(layer->'people') FROM public.schedules, jsonb_array_elements(schedules.layers) AS layer
    UNION SELECT schedules.fallback->>'user_id' FROM public.schedules
    UNION SELECT schedule_overrides.user_id FROM public.schedule_overrides
    UNION SELECT memberships.user_id FROM public.memberships);
END $$;
CREATE POLICY on_schedule ON users FOR SELECT
  USING (public.actor_kind() = 'schedule' AND id = ANY ((SELECT public.schedule_people())::text[]));
CREATE FUNCTION public.schedule_territory() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'schedule' THEN RETURN NULL; END IF;
  RETURN (SELECT territory_id FROM public.schedules);
END $$;
CREATE POLICY on_schedule ON memberships FOR SELECT
  USING (public.actor_kind() = 'schedule' AND territory_id = (SELECT public.schedule_territory()));
