-- Takes a page of sends of one call in, all to one territory, as accept does each, in one transaction. What has nothing but its person and its key to be looked up
-- is written by one statement for all of it; the rest, and what is a repeat, is accepted one by one. Fewer than 64 at a time: PostgreSQL keeps so many transactions within one at hand.
--   sends    [{send, wrapped_key, sealed, body_hash, idempotency_hash, dedup_hash, lead_ms, repeat_only}], as accept takes them, bytes in base64
-- Answers as accept does for each, in their order, or {kind: in_flight} where the first call with its key is still at work after a second.
CREATE FUNCTION @accept_each(service uuid, sends jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  answers jsonb := '[]';
  one jsonb;
  taken uuid[] := '{}';
  -- A list's cursor holds times in whole ms.
  at CONSTANT timestamptz := date_trunc('milliseconds', clock_timestamp());
BEGIN
  PERFORM set_config('app.actor', 'service:' || service, true);
  BEGIN
    PERFORM set_config('lock_timeout', '1000ms', true);
    WITH given AS MATERIALIZED (
      SELECT made.*, listed.value AS item, place FROM jsonb_array_elements(sends) WITH ORDINALITY AS listed (value, place)
        CROSS JOIN LATERAL jsonb_populate_record(NULL::public.sends, listed.value->'send') AS made
      WHERE made.user_id IS NOT NULL AND made.topic IS NULL AND made.replaces IS NULL AND made.escalation_policy_id IS NULL
        AND NOT (listed.value->>'repeat_only')::boolean),
    reachable AS MATERIALIZED (
      SELECT DISTINCT given.user_id, given.territory_id FROM given),
    active AS MATERIALIZED (
      SELECT reachable.user_id FROM reachable WHERE public.is_active(reachable.user_id, reachable.territory_id)),
    written AS (
      INSERT INTO public.sends (id, service_id, user_id, territory_id, role, lane, category, priority, channels, channel_terms, send_at, expires_at,
        on_call_role, people, read_back, recipients, service_key_id, key_id, wrapped_key, sealed, body_hash, idempotency_hash, dedup_hash, traceparent, created_at, next_start_at)
      SELECT given.id, service, given.user_id, given.territory_id, given.role, given.lane, given.category, given.priority, given.channels, given.channel_terms,
        given.send_at, given.expires_at, given.on_call_role, given.people, coalesce(given.read_back, false), given.recipients, given.service_key_id, given.key_id,
        decode(item->>'wrapped_key', 'base64'), decode(item->>'sealed', 'base64'), decode(item->>'body_hash', 'base64'), decode(item->>'idempotency_hash', 'base64'),
        decode(item->>'dedup_hash', 'base64'), given.traceparent, at, greatest(at, given.send_at) + make_interval(secs => (item->>'lead_ms')::integer / 1000.0)
      FROM given WHERE given.user_id IN (SELECT active.user_id FROM active) ORDER BY given.place
      ON CONFLICT (service_id, idempotency_hash) DO NOTHING
      RETURNING sends.id)
    SELECT coalesce(array_agg(written.id), '{}') INTO taken FROM written;
    IF taken <> '{}' THEN
      PERFORM @put_each_on_record('notification.send', 'ok', min(made.territory_id), array_agg(made.id ORDER BY place), array_agg(
          jsonb_build_object('user_id', made.user_id, 'category', made.category, 'priority', made.priority)
            || CASE WHEN made.on_call_role IS NULL THEN '{}' ELSE jsonb_build_object('on_call_role', made.on_call_role) END
            || CASE WHEN listed.value->'send' ? 'gap' THEN '{"gap": true}'::jsonb ELSE '{}' END ORDER BY place))
        FROM jsonb_array_elements(sends) WITH ORDINALITY AS listed (value, place)
          CROSS JOIN LATERAL jsonb_populate_record(NULL::public.sends, listed.value->'send') AS made
        WHERE made.id = ANY (taken);
    END IF;
  EXCEPTION WHEN lock_not_available THEN
    taken := '{}';
  END;
  FOR one IN SELECT listed.value FROM jsonb_array_elements(sends) AS listed (value) LOOP
    IF (one->'send'->>'id')::uuid = ANY (taken) THEN
      answers := answers || jsonb_build_object('kind', 'accepted', 'id', one->'send'->'id');
      CONTINUE;
    END IF;
    BEGIN
      answers := answers || jsonb_build_array(@accept(service, one->'send', decode(one->>'wrapped_key', 'base64'), decode(one->>'sealed', 'base64'),
        decode(one->>'body_hash', 'base64'), decode(one->>'idempotency_hash', 'base64'), decode(one->>'dedup_hash', 'base64'),
        (one->>'lead_ms')::integer, (one->>'repeat_only')::boolean));
    EXCEPTION WHEN lock_not_available THEN
      answers := answers || '[{"kind": "in_flight"}]';
    END;
  END LOOP;
  RETURN answers;
END $$;
