-- One more actor:   topic:<id>   reads one topic, and the names of its people and of those who may be added: people of its territory
ALTER TABLE topics ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE topic_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Everybody of a territory sees its topics, and so do its services; its supervisors keep them, and admins.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['topics', 'topic_members'] LOOP
    EXECUTE format($policy$CREATE POLICY supervisor ON public.%I
      USING (public.actor_kind() = 'user' AND territory_id = ANY ((SELECT public.supervised_territories())::text[]))$policy$, name);
    EXECUTE format($policy$CREATE POLICY admin ON public.%I USING ((SELECT public.has_role('admin')))$policy$, name);
    EXECUTE format($policy$CREATE POLICY member ON public.%I FOR SELECT
      USING (public.actor_kind() = 'user' AND territory_id = ANY ((SELECT public.my_territories())::text[]))$policy$, name);
    EXECUTE format($policy$CREATE POLICY service ON public.%I FOR SELECT
      USING (public.actor_kind() = 'service' AND territory_id = ANY ((SELECT public.service_territories())::text[]))$policy$, name);
  END LOOP;
END $$;

CREATE POLICY itself ON topics FOR SELECT USING (public.actor_kind() = 'topic' AND id::text = (SELECT public.actor_id()));
CREATE POLICY its_topic ON topic_members FOR SELECT
  USING (public.actor_kind() = 'topic' AND topic_id::text = (SELECT public.actor_id()));
CREATE FUNCTION public.topic_territory() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'topic' THEN RETURN NULL; END IF;
  RETURN (SELECT territory_id FROM public.topics);
END $$;
CREATE POLICY on_topic ON memberships FOR SELECT
  USING (public.actor_kind() = 'topic' AND territory_id = (SELECT public.topic_territory()));
CREATE FUNCTION public.topic_people() RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'topic' THEN RETURN '{}'; END IF;
  RETURN ARRAY(SELECT topic_members.user_id FROM public.topic_members UNION SELECT memberships.user_id FROM public.memberships);
END $$;
CREATE POLICY on_topic ON users FOR SELECT
  USING (public.actor_kind() = 'topic' AND id = ANY ((SELECT public.topic_people())::text[]));
CREATE POLICY on_topic ON on_call_roles FOR SELECT
  USING (public.actor_kind() = 'topic' AND territory_id = (SELECT public.topic_territory()));
