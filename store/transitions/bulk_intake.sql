-- Reads the next sends to one person that came in bulk to a territory and are due, with all that planning them needs: the territory's settings and, of their
-- recipients, the wishes, the channels that have an address of theirs, the inbox, and whether they are active there, and covered by somebody.
-- Keys take turns. What has a workflow of its own is left out.
--   page, bytes   at most so many, and no further one once those before hold so many bytes
-- Answers {settings, sends, people: [{userId, inboxId, isActive, isCovered, preferences, channels, now}]}, the sends in the order in which they enter inboxes.
CREATE FUNCTION @bulk_intake(territory text, page integer, bytes bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  ids uuid[];
  people text[];
BEGIN
  PERFORM set_config('app.actor', 'bulk:' || bulk_intake.territory, true);
  ids := ARRAY(
    SELECT ordered.id FROM (SELECT due.id, row_number() OVER turns AS number, sum(due.size) OVER turns - due.size AS before FROM (
      SELECT waiting.id, waiting.next_start_at, waiting.size,
        row_number() OVER (PARTITION BY waiting.service_key_id ORDER BY waiting.next_start_at, waiting.id) AS place
      FROM (SELECT sends.id, sends.service_key_id, sends.next_start_at, coalesce(octet_length(sends.sealed), 0) AS size FROM public.sends
        WHERE sends.status = 'accepted' AND sends.lane = 'bulk' AND sends.territory_id = bulk_intake.territory
          AND sends.next_start_at <= now() AND NOT sends.alone AND sends.user_id IS NOT NULL
        ORDER BY sends.next_start_at LIMIT 2000) AS waiting) AS due WINDOW turns AS (ORDER BY due.place, due.next_start_at, due.id)) AS ordered
    WHERE ordered.number <= bulk_intake.page AND ordered.before < bulk_intake.bytes ORDER BY ordered.number);
  people := ARRAY(SELECT DISTINCT sends.user_id FROM public.sends WHERE sends.id IN (SELECT unnest(ids)));
  PERFORM set_config('app.people', to_jsonb(people)::text, true);
  RETURN jsonb_build_object(
    'settings', (SELECT settings FROM public.territories WHERE territories.id = bulk_intake.territory),
    'sends', (SELECT coalesce(jsonb_agg(to_jsonb(one) || jsonb_build_object(
        'wrapped_key', encode(one.wrapped_key, 'base64'), 'sealed', encode(one.sealed, 'base64'),
        'waitMs', 0, 'lateMs', greatest(0, ceil(extract(epoch FROM clock_timestamp() - coalesce(one.send_at, one.created_at)) * 1000))) ORDER BY place), '[]')
      FROM unnest(ids) WITH ORDINALITY AS listed (id, place) CROSS JOIN LATERAL (SELECT * FROM public.sends WHERE sends.id = listed.id OFFSET 0) AS one),
    'people', (SELECT coalesce(jsonb_agg(jsonb_build_object('userId', person,
        'inboxId', (SELECT inboxes.id FROM public.inboxes WHERE inboxes.user_id = person),
        'isActive', public.is_active(person, bulk_intake.territory),
        'isCovered', EXISTS (SELECT FROM public.availability WHERE availability.user_id = person
          AND availability.until > clock_timestamp() AND availability.delegate_id IS NOT NULL),
        'preferences', (SELECT settings FROM public.preferences WHERE preferences.user_id = person),
        'channels', ARRAY(SELECT channel FROM public.contact_points WHERE contact_points.user_id = person AND verified_at IS NOT NULL), 'now', clock_timestamp())), '[]')
      FROM unnest(people) AS person));
END $$;
