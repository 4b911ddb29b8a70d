-- Puts one notification into the inboxes of many people, each as a change of that inbox, with deliveries planned. People who have it
-- already are passed over, so that a page that was interrupted can be written again. Answers [{inboxId, seq, id}] for those that are new.
--   pattern    the columns that all of them share; each has an id, a recipient and a number of its own. Its `first_round` is the round that is planned: 0 if null
--   arrivals   [{id, userId, deliveries, coversFor}], deliveries as plan_round takes them; coversFor: whose delegate they are told as, none if absent
CREATE FUNCTION @enter(pattern public.notifications, arrivals jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  people text[];
  ids uuid[];
  known uuid[];
  covering uuid[];
  left_alone text[];
  payloads jsonb[];
  fresh jsonb;
  changes jsonb;
BEGIN
  -- An array, not a join: a join would ask the policy about every inbox there is.
  people := ARRAY(SELECT arrival->>'userId' FROM jsonb_array_elements(arrivals) AS arrival);
  ids := ARRAY(SELECT (arrival->>'id')::uuid FROM jsonb_array_elements(arrivals) AS arrival);
  -- One inbox is locked as it draws its number, several beforehand, in the order of their ids.
  IF cardinality(people) > 1 THEN
    PERFORM @name_page(ids, people);
    PERFORM FROM public.inboxes WHERE inboxes.user_id = ANY (people) ORDER BY inboxes.id FOR NO KEY UPDATE;
  END IF;
  known := ARRAY(SELECT notifications.id FROM public.notifications WHERE notifications.id = ANY (ids));
  SELECT jsonb_agg(arrival) INTO fresh FROM jsonb_array_elements(arrivals) AS arrival WHERE (arrival->>'id')::uuid <> ALL (known);
  -- Who has it as somebody's delegate may cover more people by now.
  IF cardinality(known) > 0 THEN
    WITH added AS (
      UPDATE public.notifications SET covers_for = notifications.covers_for || more.people FROM (
        SELECT (arrival->>'id')::uuid AS id, ARRAY(SELECT jsonb_array_elements_text(arrival->'coversFor')) AS people
        FROM jsonb_array_elements(arrivals) AS arrival WHERE arrival ? 'coversFor') AS asked
        CROSS JOIN LATERAL (SELECT ARRAY(SELECT unnest(asked.people) EXCEPT SELECT unnest(had.covers_for)) AS people
          FROM public.notifications AS had WHERE had.id = asked.id) AS more
      WHERE notifications.id = ANY (known) AND notifications.id = asked.id AND notifications.covers_for <> '{}' AND more.people <> '{}'
      RETURNING notifications.id, notifications.user_id, notifications.covers_for)
    SELECT array_agg(added.id), array_agg(jsonb_build_object('root_id', coalesce(pattern.escalated_from, pattern.send_id), 'user_id', added.user_id,
      'covers_for', added.covers_for)) INTO covering, payloads FROM added;
    IF covering IS NOT NULL THEN PERFORM @put_each_on_record('notification.cover', 'ok', pattern.territory_id, covering, payloads); END IF;
  END IF;
  IF fresh IS NULL THEN RETURN '[]'; END IF;
  WITH drawn AS (
    UPDATE public.inboxes SET seq = inboxes.seq + 1 FROM jsonb_array_elements(fresh) AS arrival (value)
    WHERE inboxes.user_id = ANY (people) AND inboxes.user_id = arrival.value->>'userId'
    RETURNING (arrival.value->>'id')::uuid AS id, inboxes.user_id, inboxes.id AS inbox_id, inboxes.seq, arrival.value AS arrival),
  entered AS (
    INSERT INTO public.notifications (id, send_id, service_id, user_id, territory_id, category, priority, lane, title, message, redaction,
      status, seq, escalated_from, created_at, expires_at, escalation, next_step_at, recipients, acknowledged, read_back, repeats, repeated_at, text_id,
      resolved_at, resolved_by, replaces, replaced_at, replaced_by, items, first_round, told_as_critical, covers_for)
    SELECT drawn.id, pattern.send_id, pattern.service_id, drawn.user_id, pattern.territory_id, pattern.category, pattern.priority,
      pattern.lane, pattern.title, pattern.message, pattern.redaction, pattern.status, drawn.seq, pattern.escalated_from,
      pattern.created_at, pattern.expires_at, pattern.escalation, pattern.next_step_at, pattern.recipients, pattern.acknowledged,
      coalesce(pattern.read_back, false), coalesce(pattern.repeats, 0), pattern.repeated_at, pattern.text_id,
      pattern.resolved_at, pattern.resolved_by, pattern.replaces, pattern.replaced_at, pattern.replaced_by, pattern.items, coalesce(pattern.first_round, 0), coalesce(pattern.told_as_critical, false),
      ARRAY(SELECT jsonb_array_elements_text(drawn.arrival->'coversFor'))
    FROM drawn)
  SELECT jsonb_agg(jsonb_build_object('inboxId', inbox_id, 'seq', seq, 'id', drawn.id)), jsonb_agg(arrival) INTO changes, fresh FROM drawn;
  IF changes IS NULL THEN RETURN '[]'; END IF;
  -- Row-level security of events and deliveries looks the notification up, so it must be there first.
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
    SELECT (arrival->>'id')::uuid, arrival->>'userId', pattern.territory_id, happened.status FROM jsonb_array_elements(fresh) AS arrival
      CROSS JOIN LATERAL (VALUES (pattern.status), (CASE WHEN pattern.resolved_at IS NOT NULL THEN 'resolved' END),
        (CASE WHEN pattern.replaced_at IS NOT NULL THEN 'replaced' END)) AS happened (status) WHERE happened.status IS NOT NULL;
  PERFORM @plan_round(fresh, pattern.territory_id, coalesce(pattern.first_round, 0), CASE WHEN pattern.status = 'expired' THEN 'expired'
    WHEN pattern.resolved_at IS NOT NULL THEN 'resolved' WHEN pattern.replaced_at IS NOT NULL THEN 'replaced' END);
  PERFORM @put_each_on_record('notification.cover', 'ok', pattern.territory_id, array_agg((arrival->>'id')::uuid),
    array_agg(jsonb_build_object('root_id', coalesce(pattern.escalated_from, pattern.send_id), 'user_id', arrival->>'userId', 'covers_for', arrival->'coversFor')))
    FROM jsonb_array_elements(fresh) AS arrival WHERE arrival ? 'coversFor' HAVING count(*) > 0;
  -- Who covers more people by now may have failed before these were added.
  IF covering IS NOT NULL THEN
    left_alone := ARRAY(SELECT unnest(copy.covers_for) FROM public.notifications AS copy WHERE copy.id = ANY (covering) AND @cover_lost(copy, copy.first_round));
    IF left_alone <> '{}' THEN PERFORM @give_back(pattern.send_id, left_alone); END IF;
  END IF;
  RETURN changes;
END $$;
