-- The people of a topic whom notifications of its territory may reach now, each once; with a role, those who have it. Null where there is
-- no such topic.
--   on_call   who has its on-call roles
CREATE FUNCTION @topic_people(territory text, topic text, on_call text[], role text) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  asked uuid := (SELECT topics.id FROM public.topics
    WHERE topics.territory_id = topic_people.territory AND topics.topic = topic_people.topic AND deleted_at IS NULL);
  named text[];
BEGIN
  IF asked IS NULL THEN RETURN NULL; END IF;
  named := ARRAY(SELECT topic_members.user_id FROM public.topic_members WHERE topic_members.topic_id = asked) || topic_people.on_call;
  RETURN ARRAY(SELECT DISTINCT memberships.user_id FROM public.memberships
    WHERE memberships.territory_id = topic_people.territory AND active AND memberships.user_id = ANY (named)
      AND (topic_people.role IS NULL OR memberships.role = topic_people.role)
    ORDER BY memberships.user_id);
END $$;
