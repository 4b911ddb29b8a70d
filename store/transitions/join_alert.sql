-- Lets a send join an open alert of its dedup key, in place of a notification of its own: the alert counts it, shows its text if that is the
-- newest, and its people are told by one more live frame; follow brings that to copies. One with a higher priority raises the alert: whatever anybody did with
-- it or a copy is over at once, it goes out again, and its rules begin anew. Whom the send names and who has nothing of the alert gets a copy, while that waits for somebody.
--   content      as arrive takes it
--   again        the alert's recipient and whoever covers them, with the deliveries by which a raised one goes out again: as enter takes them
--   others       whom the send names, where that is somebody else, and whoever covers one of the two, likewise
-- Answers {changes, works, lane, behind}: whether the alert's workflow has something to do, its lane by now, and whether copies are to follow; a repeated call the changes as they are now. Null where the
-- alert is not open any more: the send arrives anew.
CREATE FUNCTION @join_alert(send_id uuid, root uuid, content jsonb, again jsonb, others jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  worker CONSTANT text := 'worker:' || send_id;
  ranks CONSTANT text[] := '{normal,high,critical}';
  send public.sends;
  alert public.notifications;
  changed uuid[];
  people text[];
  all_people text[];
  sent_at timestamptz;
  late boolean;
  raised boolean;
  newest boolean;
  follows boolean;
  fresh jsonb := '[]';
  changes jsonb;
BEGIN
  PERFORM set_config('app.actor', worker, true);
  SELECT * INTO send FROM public.sends WHERE sends.id = join_alert.send_id;
  IF send.dedup_hash IS NOT NULL THEN PERFORM @lock_problem(send.dedup_hash); END IF;
  PERFORM @lock_family(root);
  SELECT * INTO send FROM public.sends WHERE sends.id = join_alert.send_id FOR NO KEY UPDATE;
  IF send.id IS NULL OR send.status = 'cancelled' THEN RETURN jsonb_build_object('changes', '[]'::jsonb, 'works', false, 'lane', send.lane, 'behind', false); END IF;
  IF send.joined IS NOT NULL THEN
    PERFORM set_config('app.actor', 'worker:' || send.joined, true);
    SELECT * INTO alert FROM public.notifications WHERE notifications.id = send.joined;
    RETURN jsonb_build_object('works', true, 'lane', alert.lane, 'behind', coalesce(alert.behind, false), 'changes', (SELECT coalesce(jsonb_agg(jsonb_build_object('inboxId', inboxes.id, 'seq', one.seq, 'id', one.id)), '[]')
      FROM public.notifications AS one CROSS JOIN LATERAL (SELECT inboxes.id FROM public.inboxes WHERE inboxes.user_id = one.user_id OFFSET 0) AS inboxes
      WHERE one.id = send.joined OR one.escalated_from = send.joined));
  END IF;
  IF send.status <> 'accepted' OR @open_alert(send.service_id, send.dedup_hash, send.resolved_at IS NOT NULL) IS DISTINCT FROM root THEN
    RETURN NULL;
  END IF;

  PERFORM set_config('app.actor', worker, true);
  UPDATE public.sends SET status = 'persisted', joined = root, dedup_hash = NULL WHERE sends.id = send.id;
  PERFORM set_config('app.actor', 'worker:' || root, true);
  SELECT * INTO alert FROM public.notifications WHERE notifications.id = root;
  sent_at := coalesce(send.send_at, send.created_at);
  late := coalesce(send.expires_at <= clock_timestamp(), false);
  -- The family's lock is held by whoever changes what this depends on.
  raised := NOT late AND send.resolved_at IS NULL AND alert.resolved_at IS NULL
    AND array_position(ranks, send.priority) > array_position(ranks, alert.priority);
  -- A raised one changes with its copies: an acknowledgement of one from before counts no longer.
  changed := ARRAY(SELECT notifications.id FROM public.notifications
    WHERE (notifications.id = root OR raised AND notifications.escalated_from = root) AND notifications.status NOT IN ('expired', 'cancelled'));
  IF others <> '[]' THEN
    all_people := ARRAY(SELECT notifications.user_id FROM public.notifications WHERE notifications.id = ANY (changed))
      || ARRAY(SELECT one->>'userId' FROM jsonb_array_elements(others) AS one);
    PERFORM FROM public.inboxes WHERE inboxes.user_id = ANY (all_people) ORDER BY inboxes.id FOR NO KEY UPDATE;
  END IF;
  PERFORM @lock_inboxes(changed);
  SELECT * INTO alert FROM public.notifications WHERE notifications.id = root;

  people := ARRAY(SELECT notifications.user_id FROM public.notifications
    WHERE (notifications.id = root OR notifications.escalated_from = root) AND notifications.status NOT IN ('expired', 'cancelled'));
  follows := cardinality(people) > 1 AND NOT raised;
  newest := raised OR NOT late AND sent_at >= coalesce(alert.repeated_at, alert.created_at);
  IF NOT late AND alert.resolved_at IS NULL AND (raised OR alert.acknowledged_at IS NULL AND alert.dismissed_at IS NULL) THEN
    -- Whoever covers the recipient of a digest's item has, or gets, a copy of the digest.
    fresh := (SELECT coalesce(jsonb_agg(one), '[]') FROM jsonb_array_elements(others) AS one WHERE one->>'userId' <> ALL (people)
      AND (raised OR alert.digest IS NULL OR NOT coalesce(one->'coversFor' <@ to_jsonb(ARRAY[alert.user_id]), false)));
  END IF;
  UPDATE public.notifications SET repeats = alert.repeats + 1, repeated_at = greatest(alert.repeated_at, sent_at),
    title = CASE WHEN newest THEN content->>'title' ELSE title END, message = CASE WHEN newest THEN content->>'message' ELSE message END,
    redaction = CASE WHEN newest THEN content->'redaction' ELSE redaction END, text_id = CASE WHEN newest THEN send.id ELSE text_id END,
    read_back = CASE WHEN newest THEN send.read_back ELSE read_back END,
    expires_at = CASE WHEN late THEN alert.expires_at WHEN send.expires_at IS NOT NULL AND alert.expires_at IS NOT NULL THEN greatest(alert.expires_at, send.expires_at) END,
    behind = notifications.behind OR follows
  WHERE notifications.id = ANY (changed);
  IF raised THEN
    -- It leaves the digest in which it was to come, or came.
    UPDATE public.notifications SET digest = NULL, priority = send.priority, told_as_critical = false, told_again_at = clock_timestamp(), lane = CASE WHEN send.priority = 'critical' THEN 'critical' ELSE lane END, status = 'sent',
      read_at = NULL, seen_at = NULL, acknowledged_at = NULL, acknowledged_by = NULL, acknowledge_note = NULL, declined_at = NULL, decline_reason = NULL,
      unacknowledge_until = NULL, stopped_step_at = NULL, completed_at = NULL, completed_by = NULL, completion_due_at = NULL, remind_at = NULL, reminders = 0,
      dismissed_at = NULL, snoozed_until = NULL, closed_at = NULL, closed_by = NULL, closed_reason = NULL, closing = false, behind = false
    WHERE notifications.id = ANY (changed);
    UPDATE public.notifications SET next_step = next_step + 1, first_round = next_step + 1, exhausted_at = NULL,
      escalation = CASE WHEN content->'escalation' <> 'null' THEN content->'escalation' ELSE escalation END,
      next_step_at = clock_timestamp() + make_interval(secs => coalesce((content->>'firstStepSeconds')::integer, (escalation->'steps'->0->>'after_seconds')::integer))
    WHERE notifications.id = root;
    PERFORM @plan_round((SELECT jsonb_agg(one) FROM jsonb_array_elements(again) AS one WHERE (one->>'id')::uuid = ANY (changed)),
      alert.territory_id, alert.next_step + 1, NULL);
  END IF;
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status, reason)
  VALUES (root, alert.user_id, alert.territory_id, CASE WHEN raised THEN 'raised' ELSE 'repeated' END, CASE WHEN raised THEN 'to_' || send.priority END);
  changes := '[]';
  -- A hundred at a time: what a stamp and the policies that it asks cost grows with the square of how many are named.
  FOR page IN 0 .. cardinality(changed) / 100 LOOP
    PERFORM @lock_inboxes(changed[page * 100 + 1 : page * 100 + 100]);
    changes := changes || @stamp_changes(changed[page * 100 + 1 : page * 100 + 100]);
  END LOOP;
  IF alert.digest IS NOT NULL THEN changes := changes || @tell_digests(ARRAY[alert.digest]); END IF;
  IF fresh <> '[]' THEN
    SELECT * INTO alert FROM public.notifications WHERE notifications.id = root;
    alert.escalated_from := root;
    alert.status := 'sent';
    alert.created_at := date_trunc('milliseconds', clock_timestamp());
    alert.escalation := NULL;
    alert.next_step_at := NULL;
    alert.replaces := NULL;
    alert.first_round := 0;
    alert.told_as_critical := false;
    changes := changes || @enter(alert, fresh);
  END IF;
  PERFORM @put_on_record('notification.join', 'ok', send.territory_id, send.id, jsonb_build_object('root_id', root, 'raised', raised));
  RETURN jsonb_build_object('changes', changes, 'behind', follows, 'works', raised OR fresh <> '[]', 'lane', CASE WHEN raised AND send.priority = 'critical' THEN 'critical' ELSE alert.lane END);
END $$;
