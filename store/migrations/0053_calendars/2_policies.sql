-- One more actor:   calendars   reads the calendars of schedules again, and keeps what they say
ALTER TABLE schedule_calendars ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE calendar_shifts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Who sees a schedule sees its shifts; its supervisors say where they are from.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['schedule_calendars', 'calendar_shifts'] LOOP
    EXECUTE format($policy$CREATE POLICY supervisor ON public.%I
      USING (public.actor_kind() = 'user' AND territory_id = ANY ((SELECT public.supervised_territories())::text[]))$policy$, name);
    EXECUTE format($policy$CREATE POLICY member ON public.%I FOR SELECT
      USING (public.actor_kind() = 'user' AND territory_id = ANY ((SELECT public.my_territories())::text[]))$policy$, name);
    EXECUTE format($policy$CREATE POLICY calendars ON public.%I USING (public.actor_kind() = 'calendars')$policy$, name);
  END LOOP;
END $$;
CREATE POLICY service ON calendar_shifts FOR SELECT
  USING (public.actor_kind() = 'service' AND territory_id = ANY ((SELECT public.service_territories())::text[]));
CREATE POLICY worker ON calendar_shifts FOR SELECT
  USING (public.actor_kind() = 'worker' AND territory_id = (SELECT public.worker_territory()));
CREATE POLICY its_schedule ON calendar_shifts FOR SELECT
  USING (public.actor_kind() = 'schedule' AND schedule_id::text = (SELECT public.actor_id()));
CREATE POLICY calendars ON schedules FOR SELECT USING (public.actor_kind() = 'calendars');
CREATE POLICY rotation ON schedule_calendars FOR SELECT USING (public.actor_kind() = 'rotation');
CREATE POLICY rewrap ON schedule_calendars FOR UPDATE USING (public.actor_kind() = 'rotation');

CREATE OR REPLACE FUNCTION public.schedule_people() RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'schedule' THEN RETURN '{}'; END IF;
  RETURN ARRAY(
    SELECT jsonb_array_elements_text(layer->'people') FROM public.schedules, jsonb_array_elements(schedules.layers) AS layer
    UNION SELECT schedules.fallback->>'user_id' FROM public.schedules
    UNION SELECT schedule_overrides.user_id FROM public.schedule_overrides
    UNION SELECT calendar_shifts.user_id FROM public.calendar_shifts
    UNION SELECT memberships.user_id FROM public.memberships);
END $$;
