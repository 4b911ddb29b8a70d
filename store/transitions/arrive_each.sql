-- Lets each of a page of sends that came in bulk to a territory enter its recipient's inbox, in the order given. What is cancelled, ended by another send, in its inbox or
-- for somebody covered by now is passed over, so a page can be written again. One whose time is over arrives expired. What links sends, escalates, or is somebody's to cover arrives by itself (arrive.sql).
--   entries    [{id, userId, title, message, redaction, redacted, deliveries}]: the redacted text and how much of it is redacted, and deliveries as plan_round takes them
-- Answers [{inboxId, seq, id}].
CREATE FUNCTION @arrive_each(territory text, entries jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  ids uuid[];
  people text[];
  covered text[];
  late uuid[];
  changes jsonb;
BEGIN
  PERFORM set_config('app.actor', 'bulk:' || arrive_each.territory, true);
  ids := ARRAY(SELECT (entry->>'id')::uuid FROM jsonb_array_elements(entries) AS entry);
  people := ARRAY(SELECT DISTINCT entry->>'userId' FROM jsonb_array_elements(entries) AS entry);
  PERFORM set_config('app.people', to_jsonb(people)::text, true);
  -- Redacting a page takes seconds, in which somebody may have gone away.
  covered := ARRAY(SELECT availability.user_id FROM public.availability WHERE availability.user_id = ANY (people)
    AND availability.until > clock_timestamp() AND availability.delegate_id IS NOT NULL);
  ids := ARRAY(SELECT sends.id FROM public.sends WHERE sends.id IN (SELECT unnest(ids)) AND sends.user_id <> ALL (covered)
      AND sends.status = 'accepted' AND sends.resolved_at IS NULL AND sends.replaced_by IS NULL
    ORDER BY sends.id FOR NO KEY UPDATE);
  IF ids = '{}' THEN RETURN '[]'; END IF;
  PERFORM set_config('app.page', ids::text, true);
  PERFORM FROM public.inboxes WHERE inboxes.user_id = ANY (people) ORDER BY inboxes.id FOR NO KEY UPDATE;

  WITH given AS MATERIALIZED (
    SELECT (entry->>'id')::uuid AS id, entry, place FROM jsonb_array_elements(entries) WITH ORDINALITY AS listed (entry, place)),
  entering AS MATERIALIZED (
    SELECT send.*, given.entry, given.place, row_number() OVER (PARTITION BY send.user_id ORDER BY given.place) AS number
    -- One look into an index each, however many sends there are.
    FROM given CROSS JOIN LATERAL (SELECT * FROM public.sends WHERE sends.id = given.id OFFSET 0) AS send WHERE given.id = ANY (ids)),
  drawn AS (
    UPDATE public.inboxes SET seq = inboxes.seq + counted.count
    FROM (SELECT entering.user_id, count(*) AS count FROM entering GROUP BY entering.user_id) AS counted
    WHERE inboxes.user_id = ANY (people) AND inboxes.user_id = counted.user_id
    RETURNING inboxes.id AS inbox_id, inboxes.user_id, inboxes.seq - counted.count AS before),
  entered AS (
    INSERT INTO public.notifications (id, send_id, service_id, user_id, territory_id, category, priority, lane, title, message, redaction,
      status, seq, created_at, expires_at, read_back)
    SELECT entering.id, entering.id, entering.service_id, entering.user_id, entering.territory_id, entering.category, entering.priority, entering.lane,
      entering.entry->>'title', entering.entry->>'message', entering.entry->'redaction',
      CASE WHEN entering.expires_at <= clock_timestamp() THEN 'expired' ELSE 'sent' END, drawn.before + entering.number,
      coalesce(entering.send_at, entering.created_at), entering.expires_at, entering.read_back
    FROM entering JOIN drawn ON drawn.user_id = entering.user_id
    RETURNING notifications.id, notifications.status)
  SELECT jsonb_agg(jsonb_build_object('inboxId', drawn.inbox_id, 'seq', drawn.before + entering.number, 'id', entering.id) ORDER BY entering.place),
    array_agg(entering.id ORDER BY entering.place), coalesce(array_agg(entering.id) FILTER (WHERE entered.status = 'expired'), '{}')
    INTO changes, ids, late
  FROM entered JOIN entering ON entering.id = entered.id JOIN drawn ON drawn.user_id = entering.user_id;
  IF changes IS NULL THEN RETURN '[]'; END IF;

  -- Row-level security of events and deliveries looks the notifications up, so they must be there first.
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status, at)
  SELECT send.id, send.user_id, send.territory_id, happened.status, happened.at
  FROM unnest(ids) WITH ORDINALITY AS listed (id, place) CROSS JOIN LATERAL (SELECT * FROM public.sends WHERE sends.id = listed.id OFFSET 0) AS send
    CROSS JOIN LATERAL (VALUES (1, 'accepted', send.created_at),
      (2, CASE WHEN send.id = ANY (late) THEN 'expired' ELSE 'sent' END, clock_timestamp())) AS happened (step, status, at)
  ORDER BY happened.step, listed.place;
  PERFORM @plan_round(rounds.arrivals, arrive_each.territory, 0, rounds.ended) FROM (
    SELECT jsonb_agg(entry) AS arrivals, CASE WHEN (entry->>'id')::uuid = ANY (late) THEN 'expired' END AS ended
    FROM jsonb_array_elements(entries) AS entry WHERE (entry->>'id')::uuid = ANY (ids) GROUP BY 2) AS rounds;
  UPDATE public.sends SET status = 'persisted', persisted = sends.persisted + 1 WHERE sends.id IN (SELECT unnest(ids));
  PERFORM @put_each_on_record('notification.persist', 'ok', arrive_each.territory, array_agg((change->>'id')::uuid),
    array_agg(jsonb_build_object('seq', (change->>'seq')::bigint, 'redacted', (entry->>'redacted')::bigint)))
    FROM jsonb_array_elements(changes) AS change JOIN jsonb_array_elements(entries) AS entry ON entry->>'id' = change->>'id';
  RETURN changes;
END $$;
