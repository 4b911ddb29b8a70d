-- Lets a send enter its recipient's inbox, or a broadcast the inboxes of a page of people. A repeated call writes nothing twice. A send
-- whose time is over arrives expired, and escalates to nobody. Of a broadcast, one alert for all has the step that is due next, not each
-- person's notification.
--   content    {title, message, redaction, escalation, firstStepSeconds}: the redacted text, and the rules by which it escalates
--   arrivals   as enter takes them, each with how it is grouped (`digest`) where it may come in a digest, as enter_digests takes it; of one person's send, the
--              recipient's, and behind it a copy for whoever covers them
--   last       of a broadcast: whether this is its last page
--   linked     it has a dedup key, or replaces another one
-- A digest says what its items say, and is cancelled where none is left. Whoever covers its recipient gets a copy of what they have not otherwise.
-- Answers {changes, work}, work as work_left answers it; of a broadcast, none before its last page. Where it ended others in its favour, `others` are their
-- changes, and `behind` those of which follow has to bring that to copies. Where it joins an open alert, nothing is written, and the answer is {joins: {id, wishes}}: the alert, and its recipient's wishes.
CREATE FUNCTION @arrive(send_id uuid, content jsonb, arrivals jsonb, last boolean, linked boolean) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  send public.sends;
  pattern public.notifications;
  changes jsonb := '[]';
  others jsonb := '[]';
  behind jsonb := '[]';
  links jsonb;
  ended jsonb;
  items jsonb := '[]';
  redacted bigint;
  said jsonb;
  covered jsonb;
  theirs public.notifications;
  no_work CONSTANT jsonb := jsonb_build_object('groups', '[]'::jsonb, 'nextMs', NULL);
BEGIN
  PERFORM set_config('app.actor', 'worker:' || arrive.send_id, true);
  IF linked THEN
    links := @lock_links(arrive.send_id);
    IF links->>'joins' IS NOT NULL THEN
      PERFORM set_config('app.actor', 'worker:' || (links->>'joins'), true);
      RETURN jsonb_build_object('joins', (SELECT jsonb_build_object('id', notifications.id, 'wishes', @wishes(ARRAY[notifications.user_id])->0)
        FROM public.notifications WHERE notifications.id = (links->>'joins')::uuid));
    END IF;
    IF links->'replaced' <> '[]' THEN
      SELECT * INTO send FROM public.sends WHERE sends.id = arrive.send_id;
      arrivals := @covered_arrivals(send, arrivals);
      FOR place IN 0 .. jsonb_array_length(links->'replaced') - 1 LOOP
        ended := @replace((links->'replaced'->>place)::uuid, send.id, arrivals);
        others := others || (ended->'changes');
        IF (ended->>'behind')::boolean THEN behind := behind || (links->'replaced'->place); END IF;
        pattern.replaces := coalesce(pattern.replaces, (ended->>'own')::uuid);
      END LOOP;
      PERFORM set_config('app.actor', 'worker:' || arrive.send_id, true);
    END IF;
  END IF;
  SELECT * INTO send FROM public.sends WHERE sends.id = arrive.send_id FOR NO KEY UPDATE;
  IF send.id IS NULL OR send.status = 'cancelled' THEN
    RETURN jsonb_build_object('changes', changes, 'work', no_work);
  END IF;
  IF send.status = 'accepted' THEN
    pattern.send_id := send.id;
    pattern.service_id := send.service_id;
    pattern.territory_id := send.territory_id;
    pattern.category := send.category;
    pattern.priority := send.priority;
    pattern.lane := send.lane;
    pattern.title := content->>'title';
    pattern.message := content->>'message';
    pattern.redaction := content->'redaction';
    pattern.read_back := send.read_back;
    pattern.expires_at := send.expires_at;
    pattern.created_at := coalesce(send.send_at, send.created_at);
    pattern.status := CASE WHEN send.expires_at <= clock_timestamp() THEN 'expired' ELSE 'sent' END;
    pattern.resolved_at := send.resolved_at;
    pattern.resolved_by := send.resolved_by;
    IF send.replaced_by IS NOT NULL THEN
      PERFORM set_config('app.actor', 'service:' || send.service_id, true);
      pattern.replaced_at := clock_timestamp();
      pattern.replaced_by := (SELECT sends.id FROM public.sends WHERE sends.id = send.replaced_by AND sends.user_id = send.user_id);
      PERFORM set_config('app.actor', 'worker:' || arrive.send_id, true);
    END IF;
    IF pattern.status = 'sent' AND coalesce(pattern.resolved_at, pattern.replaced_at) IS NULL AND content->'escalation' <> 'null' THEN
      pattern.escalation := content->'escalation';
      pattern.next_step_at := clock_timestamp() + make_interval(secs => (content->>'firstStepSeconds')::integer);
    END IF;
    IF send.user_id IS NULL AND pattern.next_step_at IS NOT NULL THEN
      INSERT INTO public.notifications (id, send_id, service_id, territory_id, category, priority, lane, title, message, redaction, status,
        seq, created_at, expires_at, escalation, next_step_at, recipients, acknowledged)
      VALUES (send.id, send.id, send.service_id, send.territory_id, send.category, send.priority, send.lane, pattern.title,
        pattern.message, pattern.redaction, 'sent', 0, pattern.created_at, pattern.expires_at, pattern.escalation, pattern.next_step_at, 0, 0)
      ON CONFLICT (id) DO NOTHING;
      pattern.next_step_at := NULL;
    END IF;
    IF send.user_id IS NOT NULL THEN
      INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status, at)
      VALUES (send.id, send.user_id, send.territory_id, 'accepted', send.created_at);
    END IF;
    IF pattern.status = 'sent' AND pattern.escalation IS NULL AND coalesce(pattern.resolved_at, pattern.replaced_at) IS NULL AND NOT pattern.read_back
      AND send.service_id <> public.own_service() AND jsonb_path_exists(arrivals, '$[*].digest') THEN
      items := @enter_digests(send, pattern, arrivals);
      IF send.user_id IS NOT NULL AND items <> '[]' THEN
        UPDATE public.sends SET persisted = 1, status = 'persisted' WHERE sends.id = send.id;
        RETURN jsonb_build_object('changes', changes, 'others', others, 'behind', behind, 'work', no_work);
      END IF;
      arrivals := @beside_digests(arrivals, items);
    END IF;
    IF send.digest_hash IS NOT NULL THEN
      -- Whoever changes an item holds this lock, so from here on none leaves.
      PERFORM FROM public.inboxes WHERE inboxes.user_id = ANY (ARRAY(SELECT arrival->>'userId' FROM jsonb_array_elements(arrivals) AS arrival)) ORDER BY inboxes.id FOR NO KEY UPDATE;
      said := @compose_digest(send.id, NULL);
      IF said IS NULL THEN
        UPDATE public.sends SET status = 'cancelled' WHERE sends.id = send.id;
        PERFORM @put_on_record('notification.cancel', 'ok', send.territory_id, send.id, '{"items": []}');
        RETURN jsonb_build_object('changes', changes, 'others', others, 'behind', behind, 'work', no_work);
      END IF;
      pattern := jsonb_populate_record(pattern, said - 'counts');
      pattern.redaction := jsonb_set(pattern.redaction, '{counts}', said->'counts');
    END IF;
    IF send.user_id IS NULL THEN
      IF arrivals <> '[]' THEN changes := @enter(pattern, arrivals); END IF;
    ELSE
      IF coalesce(links->'replaced', '[]') = '[]' THEN arrivals := @covered_arrivals(send, arrivals); END IF;
      IF jsonb_array_length(arrivals) > 1 THEN
        PERFORM FROM public.inboxes WHERE inboxes.user_id = ANY (ARRAY[send.user_id, arrivals->1->>'userId']) ORDER BY inboxes.id FOR NO KEY UPDATE;
      END IF;
      changes := @enter(pattern, jsonb_build_array(arrivals->0));
    END IF;
    UPDATE public.sends SET persisted = sends.persisted + jsonb_array_length(changes)
        + (SELECT count(*) FROM jsonb_array_elements(items) AS item WHERE (item->>'isNew')::boolean),
      status = CASE WHEN send.user_id IS NOT NULL OR last THEN 'persisted' ELSE 'accepted' END
    WHERE sends.id = send.id;
    IF send.user_id IS NOT NULL AND jsonb_array_length(arrivals) > 1 AND changes <> '[]' THEN
      theirs := pattern;
      theirs.escalated_from := send.id;
      theirs.escalation := NULL;
      theirs.next_step_at := NULL;
      theirs.replaces := NULL;
      IF said IS NOT NULL THEN
        covered := @compose_digest(send.id, arrivals->1->>'userId');
        theirs := jsonb_populate_record(theirs, coalesce(covered, '{}') - 'counts');
        theirs.redaction := jsonb_set(theirs.redaction, '{counts}', coalesce(covered->'counts', '{}'));
      END IF;
      IF said IS NULL OR covered IS NOT NULL THEN changes := changes || @enter(theirs, arrivals - 0); END IF;
    END IF;
    -- No channel has a way to its recipient, who may have left meanwhile, nor to whoever covers them: somebody else is told at once.
    IF pattern.next_step_at IS NOT NULL AND (SELECT bool_and(deliveries.status = 'skipped') FROM public.deliveries
        WHERE deliveries.notification_id = ANY (ARRAY(SELECT (arrival->>'id')::uuid FROM jsonb_array_elements(arrivals) AS arrival))) THEN
      UPDATE public.notifications SET next_step_at = clock_timestamp() WHERE notifications.id = send.id;
    END IF;
    redacted := (SELECT coalesce(sum(value::integer), 0) FROM jsonb_each_text(pattern.redaction->'counts'));
    IF send.user_id IS NOT NULL THEN
      PERFORM @put_on_record('notification.persist', 'ok', send.territory_id, send.id,
        jsonb_build_object('seq', (changes->0->>'seq')::bigint, 'redacted', redacted)
          || CASE WHEN said IS NULL THEN '{}' ELSE jsonb_build_object('items', jsonb_path_query_array(said, '$.items[*].notification_id')) END) WHERE changes <> '[]';
    ELSE
      PERFORM @put_each_on_record('notification.persist', 'ok', send.territory_id, array_agg((change->>'id')::uuid),
        array_agg(jsonb_build_object('seq', (change->>'seq')::bigint, 'redacted', redacted))) FROM jsonb_array_elements(changes) AS change
      HAVING count(*) > 0;
    END IF;
  END IF;
  RETURN jsonb_build_object('changes', changes, 'others', others, 'behind', behind, 'work', CASE WHEN send.user_id IS NOT NULL OR last THEN @work_left(send.id) ELSE no_work END);
END $$;
