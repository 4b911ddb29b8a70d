-- The on-call roles whose holders have to be known before it is known whom a step's target means: the one that it names, or those of its topic.
CREATE FUNCTION @on_call_roles(territory text, target jsonb) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE WHEN target ? 'topic' THEN coalesce((SELECT topics.roles FROM public.topics
      WHERE topics.territory_id = on_call_roles.territory AND topics.topic = target->>'topic' AND deleted_at IS NULL), '{}')
    WHEN target->>'role' NOT IN ('clinician', 'supervisor') THEN ARRAY[target->>'role'] ELSE '{}' END
$$;
