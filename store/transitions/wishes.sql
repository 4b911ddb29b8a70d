-- The wishes and channels of some people, in the order given, and who covers each of them: [{userId, preferences, channels, territoryAsks, now, cover}];
-- `channels` have a verified address, `territoryAsks` names those that the territory of what the actor works on asks for, `cover` as cover_of answers it. Quiet hours are
-- judged by `now`, since nodes' clocks differ.
CREATE FUNCTION @wishes(people text[]) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object('userId', person,
    'preferences', (SELECT settings FROM public.preferences WHERE user_id = person),
    'channels', ARRAY(SELECT channel FROM public.contact_points WHERE user_id = person AND verified_at IS NOT NULL),
    'territoryAsks', coalesce((SELECT settings->'channels' FROM public.territories WHERE id = public.worker_territory()), '[]'),
    'now', clock_timestamp(),
    'cover', @cover_of(person)) ORDER BY place), '[]')
  FROM unnest(people) WITH ORDINALITY AS wished (person, place)
$$;
