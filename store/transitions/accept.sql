-- Takes a send in, with its record. A repeat of an earlier call, which has the same idempotency key, is answered as that call was; it
-- waits while that call is still at work.
--   send      the row, as JSON; PostgreSQL sets its times, except send_at and expires_at. With `gap` it is the fallback's of its on-call role, on record
--   bytes     the row's binary columns: wrapped_key, sealed, body_hash and, where the call has a key, idempotency_hash, and dedup_hash likewise
--   lead_ms   how long, from the send's time on, the relay leaves it to the node that took it in
--   repeat_only   the send's times are past, or nobody has its role: it is good only as the repeat of an earlier call
-- Of a send to a topic, `people` come in as those who have its on-call roles; they are kept as everybody of it who can be reached.
-- Answers {kind}: accepted or replayed, with the id; reused, for another body under the same key; nobody, where the send reaches no
-- active person; no_topic; no_policy; nothing_to_replace; too_late, with repeat_only.
CREATE FUNCTION @accept(
  service uuid, send jsonb, wrapped_key bytea, sealed bytea, body_hash bytea, idempotency_hash bytea, dedup_hash bytea, lead_ms integer, repeat_only boolean
) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  made public.sends := jsonb_populate_record(NULL::public.sends, accept.send);
  first public.sends;
BEGIN
  PERFORM set_config('app.actor', 'service:' || accept.service, true);
  IF accept.idempotency_hash IS NOT NULL THEN PERFORM set_config('lock_timeout', '1000ms', true); END IF;
  SELECT * INTO first FROM public.sends
    WHERE sends.service_id = accept.service AND sends.idempotency_hash = accept.idempotency_hash;
  IF first.id IS NULL THEN
    IF accept.repeat_only THEN RETURN jsonb_build_object('kind', 'too_late'); END IF;
    IF made.topic IS NOT NULL THEN
      made.people := @topic_people(made.territory_id, made.topic, coalesce(made.people, '{}'), made.role);
      IF made.people IS NULL THEN RETURN jsonb_build_object('kind', 'no_topic'); END IF;
      made.recipients := cardinality(made.people);
    ELSIF made.user_id IS NULL THEN
      made.recipients := cardinality(@active_people(made.territory_id, made.role));
    END IF;
    IF made.recipients = 0 OR made.user_id IS NOT NULL AND NOT public.is_active(made.user_id, made.territory_id) THEN
      RETURN jsonb_build_object('kind', 'nobody');
    END IF;
    IF made.escalation_policy_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.escalation_policies
        WHERE escalation_policies.id = made.escalation_policy_id AND escalation_policies.territory_id = made.territory_id
          AND deleted_at IS NULL) THEN
      RETURN jsonb_build_object('kind', 'no_policy');
    END IF;
    IF made.replaces IS NOT NULL AND NOT EXISTS (SELECT FROM public.sends WHERE sends.id = made.replaces AND sends.service_id = accept.service
        AND sends.territory_id = made.territory_id AND sends.user_id IS NOT NULL) THEN
      RETURN jsonb_build_object('kind', 'nothing_to_replace');
    END IF;
    -- A list's cursor holds times in whole ms.
    made.created_at := date_trunc('milliseconds', clock_timestamp());
    INSERT INTO public.sends (id, service_id, user_id, territory_id, role, lane, category, priority, channels, channel_terms, send_at, expires_at,
      escalation_policy_id, on_call_role, topic, people, read_back, recipients, service_key_id, key_id, wrapped_key, sealed, body_hash, idempotency_hash, dedup_hash, replaces, traceparent, created_at, next_start_at)
    VALUES (made.id, accept.service, made.user_id, made.territory_id, made.role, made.lane, made.category, made.priority, made.channels, made.channel_terms,
      made.send_at, made.expires_at, made.escalation_policy_id, made.on_call_role, made.topic, made.people, coalesce(made.read_back, false), made.recipients, made.service_key_id, made.key_id, accept.wrapped_key, accept.sealed,
      accept.body_hash, accept.idempotency_hash, accept.dedup_hash, made.replaces, made.traceparent, made.created_at,
      greatest(made.created_at, made.send_at) + make_interval(secs => accept.lead_ms / 1000.0))
    ON CONFLICT (service_id, idempotency_hash) DO NOTHING;
    IF FOUND THEN
      PERFORM @put_on_record('notification.send', 'ok', made.territory_id, made.id,
        jsonb_build_object('user_id', made.user_id, 'category', made.category, 'priority', made.priority)
          || CASE WHEN made.on_call_role IS NULL THEN '{}' ELSE jsonb_build_object('on_call_role', made.on_call_role) END
          || CASE WHEN accept.send ? 'gap' THEN '{"gap": true}'::jsonb ELSE '{}' END
          || CASE WHEN made.topic IS NULL THEN '{}' ELSE jsonb_build_object('topic', made.topic, 'people', made.people) END);
      RETURN jsonb_build_object('kind', 'accepted', 'id', made.id);
    END IF;
    SELECT * INTO first FROM public.sends
      WHERE sends.service_id = accept.service AND sends.idempotency_hash = accept.idempotency_hash;
  END IF;
  IF first.body_hash IS DISTINCT FROM accept.body_hash THEN RETURN jsonb_build_object('kind', 'reused'); END IF;
  RETURN jsonb_build_object('kind', 'replayed', 'id', first.id);
END $$;
