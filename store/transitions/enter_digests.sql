-- Lets a send enter its recipient's inbox, or a broadcast those of a page of people, as an item of a digest: a notification of its own, without a number and
-- without deliveries, that is shown in the digest alone. A repeated call writes nothing twice.
--   pattern    the columns that all of them share
--   arrivals   [{id, userId, digest}], digest as open_digest takes it; those without one are passed over
-- Answers [{id, userId, isNew}] for whom it is in a digest now; the others have room, or no time, and it arrives by itself. The actor stays.
CREATE FUNCTION @enter_digests(send public.sends, pattern public.notifications, arrivals jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  arrival jsonb;
  known boolean;
  shown_in uuid;
  entered jsonb := '[]';
BEGIN
  -- The digests of everybody come to as many workflows at their window's end, as those of a bulk do.
  IF send.user_id IS NULL THEN send.lane := 'bulk'; END IF;
  -- In the order of people: each digest is locked until the end, and another page may have the same people.
  FOR arrival IN SELECT one FROM jsonb_array_elements(arrivals) AS one WHERE one ? 'digest' ORDER BY one->>'userId' COLLATE "C" LOOP
    send.user_id := arrival->>'userId';
    SELECT notifications.digest, true INTO shown_in, known FROM public.notifications WHERE notifications.id = (arrival->>'id')::uuid;
    IF known IS NULL THEN
      shown_in := @open_digest(send, arrival->'digest', length(pattern.message) + length(coalesce(pattern.title, '')));
      INSERT INTO public.notifications (id, send_id, service_id, user_id, territory_id, category, priority, lane, title, message, redaction, status, seq,
        created_at, expires_at, digest)
      SELECT (arrival->>'id')::uuid, pattern.send_id, pattern.service_id, send.user_id, pattern.territory_id, pattern.category, pattern.priority, pattern.lane,
        pattern.title, pattern.message, pattern.redaction, 'sent', 0, pattern.created_at, pattern.expires_at, shown_in WHERE shown_in IS NOT NULL;
    END IF;
    IF shown_in IS NOT NULL THEN
      entered := entered || jsonb_build_object('id', arrival->>'id', 'userId', send.user_id, 'digest', shown_in, 'isNew', known IS NULL);
    END IF;
  END LOOP;
  PERFORM @name_page(ARRAY(SELECT (item->>'id')::uuid FROM jsonb_array_elements(entered) AS item), ARRAY(SELECT item->>'userId' FROM jsonb_array_elements(entered) AS item));
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
  SELECT (item->>'id')::uuid, item->>'userId', pattern.territory_id, happened.status
  FROM jsonb_array_elements(entered) WITH ORDINALITY AS listed (item, place) CROSS JOIN (VALUES (1, 'sent'), (2, 'grouped')) AS happened (step, status)
  WHERE (item->>'isNew')::boolean ORDER BY listed.place, happened.step;
  PERFORM @put_each_on_record('notification.persist', 'ok', pattern.territory_id, array_agg((item->>'id')::uuid), array_agg(jsonb_build_object('digest', item->'digest',
    'redacted', (SELECT coalesce(sum(value::integer), 0) FROM jsonb_each_text(pattern.redaction->'counts')))))
  FROM jsonb_array_elements(entered) AS item WHERE (item->>'isNew')::boolean HAVING count(*) > 0;
  RETURN entered;
END $$;
