-- Reads all that planning a send needs: the send, its territory's settings, the rules by which it escalates, and, of its recipient or
-- of the next page of a broadcast's people, the wishes and the channels that have an address of theirs.
--   after, page   of a broadcast: the page begins behind the person `after`, and has at most `page` people
--   inboxes   of a broadcast: the page has people of these inboxes alone; null for everybody
-- Answers {send, settings, policy, standing, people: [{userId, preferences, channels}], inboxes}, of a broadcast with the ids of these people's inboxes; null where there is no such send.
CREATE FUNCTION @intake(id uuid, after text, page integer, inboxes uuid[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  send public.sends;
  people text[];
BEGIN
  PERFORM set_config('app.actor', 'worker:' || intake.id, true);
  SELECT * INTO send FROM public.sends WHERE sends.id = intake.id;
  IF send.id IS NULL THEN RETURN NULL; END IF;
  people := CASE WHEN send.user_id IS NOT NULL THEN ARRAY[send.user_id] ELSE ARRAY(
    SELECT DISTINCT memberships.user_id FROM public.memberships
    WHERE memberships.territory_id = send.territory_id AND memberships.active AND memberships.user_id > intake.after
      AND (send.role IS NULL OR memberships.role = send.role)
      AND (send.people IS NULL OR memberships.user_id = ANY (send.people))
      AND (intake.inboxes IS NULL OR memberships.user_id IN (SELECT user_id FROM public.inboxes WHERE inboxes.id = ANY (intake.inboxes)))
    ORDER BY memberships.user_id LIMIT intake.page) END;
  IF send.user_id IS NULL THEN PERFORM set_config('app.people', to_jsonb(people)::text, true); END IF;
  RETURN jsonb_build_object(
    'send', to_jsonb(send) || jsonb_build_object('wrapped_key', encode(send.wrapped_key, 'base64'), 'sealed', encode(send.sealed, 'base64'),
      'waitMs', greatest(0, ceil(extract(epoch FROM send.send_at - clock_timestamp()) * 1000)),
      'lateMs', greatest(0, ceil(extract(epoch FROM clock_timestamp() - coalesce(send.send_at, send.created_at)) * 1000))),
    'settings', (SELECT settings FROM public.territories WHERE territories.id = send.territory_id),
    'policy', (SELECT rules FROM public.escalation_policies
      WHERE escalation_policies.id = send.escalation_policy_id AND escalation_policies.territory_id = send.territory_id),
    'standing', (SELECT rules FROM public.escalation_policies
      WHERE escalation_policies.territory_id = send.territory_id AND is_default AND deleted_at IS NULL),
    'people', @wishes(people),
    'inboxes', CASE WHEN send.user_id IS NULL THEN ARRAY(SELECT (SELECT inboxes.id FROM public.inboxes WHERE inboxes.user_id = person)
      FROM unnest(people) WITH ORDINALITY AS listed (person, place) ORDER BY place) END);
END $$;
