-- Applies a recipient's act to a notification: read, acknowledge, decline, dismiss, or snooze (until a time; null: no longer). The database, not the
-- workflow, says whether an alert is acknowledged. An alert ends once as many people of its family acknowledged as its rules ask for;
-- `closing` then says that close_copies has others of the family to close. Who declines makes the next step due at once. An act that was
-- done before changes nothing. What is critical can't be dismissed unacknowledged, also once a supervisor has closed its alert: nobody else can say that its
-- person knows of it. Anything else can, as soon as its alert waits for no answer.
--   words   the note of an acknowledgement, the reason of a decline: redacted; null for none
--   is_read_back   what the sender wants to have read back was read back rightly
--   token   the subject token by which a page of another system asks, which is good for its own territory alone; null for anything else
--   via   the channel outside by which the person answered; null for the inbox itself
-- Answers {kind: done, notification, changes, rootId, closing, waits}, where `waits` says that a step was to come, {kind: not_found}, {kind: read_back} or {kind: conflict, detail}.
CREATE FUNCTION @act(person text, id uuid, kind text, until timestamptz, words text, is_read_back boolean, via text, token uuid DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  means jsonb;
  own public.notifications;
  root public.notifications;
  root_id uuid;
  closes boolean := false;
  handled boolean;
  over boolean;
  done boolean;
  changes jsonb;
  undo_minutes integer;
  complete_minutes integer;
BEGIN
  PERFORM set_config('app.actor', coalesce('subject:' || token, 'user:' || person), true);
  means := @means(token);
  SELECT coalesce(escalated_from, notifications.id) INTO root_id FROM public.notifications
    WHERE notifications.id = act.id AND user_id = person;
  IF root_id IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  -- Others of the family belong to other people, so from here on the workflow is the actor.
  PERFORM set_config('app.actor', 'worker:' || root_id, true);
  IF kind IN ('acknowledge', 'decline') THEN PERFORM @lock_family(root_id); END IF;
  PERFORM @lock_inboxes(CASE WHEN kind IN ('acknowledge', 'decline') THEN ARRAY[root_id, act.id] ELSE ARRAY[act.id] END);
  SELECT * INTO own FROM public.notifications WHERE notifications.id = act.id;
  IF own.digest IS NOT NULL THEN RETURN jsonb_build_object('kind', 'conflict', 'detail', 'It is part of a digest, and changes with that.'); END IF;
  SELECT * INTO root FROM public.notifications WHERE notifications.id = root_id;
  -- That it was taken back may not have come to this copy yet.
  IF root.status = 'cancelled' AND own.status IN ('sent', 'delivered', 'read') THEN own.status := root.status; END IF;
  over := own.status IN ('expired', 'cancelled');
  handled := own.acknowledged_at IS NOT NULL OR own.dismissed_at IS NOT NULL;

  IF kind = 'acknowledge' AND own.acknowledged_at IS NULL AND (over OR own.dismissed_at IS NOT NULL)
    OR kind = 'snooze' AND (over OR handled) THEN
    RETURN jsonb_build_object('kind', 'conflict', 'detail', format('It is %s already.', own.status));
  END IF;
  IF kind = 'dismiss' AND NOT over AND own.acknowledged_at IS NULL AND own.dismissed_at IS NULL
    AND (own.priority = 'critical' OR root.next_step_at IS NOT NULL) AND coalesce(own.declined_at, own.resolved_at, own.replaced_at) IS NULL THEN
    RETURN jsonb_build_object('kind', 'conflict', 'detail', 'This notification must be acknowledged before it can be dismissed.');
  END IF;
  IF kind = 'decline' AND own.declined_at IS NULL AND (over OR handled OR root.next_step_at IS NULL) THEN
    RETURN jsonb_build_object('kind', 'conflict', 'detail', CASE WHEN over OR handled THEN format('It is %s already.', own.status)
      ELSE 'Nothing waits for an answer to it, so nobody else would be told.' END);
  END IF;
  IF kind = 'acknowledge' AND own.acknowledged_at IS NULL AND own.read_back AND NOT is_read_back THEN
    RETURN jsonb_build_object('kind', 'read_back');
  END IF;
  done := CASE kind
      WHEN 'read' THEN own.read_at IS NOT NULL OR over OR handled
      WHEN 'acknowledge' THEN own.acknowledged_at IS NOT NULL
      WHEN 'decline' THEN own.declined_at IS NOT NULL
      WHEN 'dismiss' THEN own.dismissed_at IS NOT NULL OR over
      WHEN 'snooze' THEN own.snoozed_until IS NOT DISTINCT FROM until END;
  IF done THEN
    RETURN jsonb_build_object('kind', 'done', 'notification', to_jsonb(own), 'changes', '[]'::jsonb, 'rootId', root_id, 'closing', false);
  END IF;

  undo_minutes := coalesce((root.escalation->>'unacknowledge_minutes')::integer, 5);
  -- Nobody is reminded of what is over, nor of a broadcast by each of its people.
  complete_minutes := CASE WHEN root.id = root.send_id AND coalesce(root.resolved_at, root.replaced_at, root.closed_at) IS NULL
    THEN (root.escalation->>'complete_minutes')::integer END;
  UPDATE public.notifications SET
    status = CASE kind WHEN 'read' THEN 'read' WHEN 'decline' THEN 'read' WHEN 'acknowledge' THEN 'acknowledged' WHEN 'dismiss' THEN 'dismissed' ELSE status END,
    read_at = CASE WHEN kind = 'snooze' THEN read_at ELSE coalesce(read_at, clock_timestamp()) END,
    seen_at = coalesce(seen_at, clock_timestamp()),
    acknowledged_at = CASE WHEN kind = 'acknowledge' THEN clock_timestamp() ELSE acknowledged_at END,
    acknowledged_by = CASE WHEN kind = 'acknowledge' THEN person ELSE acknowledged_by END,
    acknowledge_note = CASE WHEN kind = 'acknowledge' THEN words ELSE acknowledge_note END,
    unacknowledge_until = CASE WHEN kind <> 'acknowledge' THEN unacknowledge_until
      WHEN undo_minutes > 0 THEN clock_timestamp() + make_interval(mins => undo_minutes) END,
    completion_due_at = CASE WHEN kind = 'acknowledge' THEN clock_timestamp() + make_interval(mins => complete_minutes) ELSE completion_due_at END,
    declined_at = CASE kind WHEN 'decline' THEN clock_timestamp() WHEN 'acknowledge' THEN NULL ELSE declined_at END,
    decline_reason = CASE kind WHEN 'decline' THEN words WHEN 'acknowledge' THEN NULL ELSE decline_reason END,
    dismissed_at = CASE WHEN kind = 'dismiss' THEN clock_timestamp() ELSE dismissed_at END,
    snoozed_until = CASE WHEN kind = 'snooze' THEN until ELSE snoozed_until END
  WHERE notifications.id = act.id;
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, channel, status)
  SELECT own.id, own.user_id, own.territory_id, via, CASE WHEN kind = 'decline' THEN 'declined' WHEN kind <> 'snooze' THEN status WHEN until IS NULL THEN 'woken' ELSE 'snoozed' END
  FROM public.notifications WHERE notifications.id = act.id;
  -- A person who acts on it has seen it; one who acknowledged, declined or dismissed it is told by no further channel.
  PERFORM @skip_waiting(ARRAY[act.id], CASE WHEN kind IN ('acknowledge', 'decline', 'dismiss') THEN NULL ELSE own.first_round END,
    CASE WHEN kind NOT IN ('acknowledge', 'decline', 'dismiss') AND (own.escalation IS NOT NULL OR own.escalated_from IS NOT NULL)
      THEN 'not_needed' ELSE 'already_handled' END, false);

  IF kind = 'decline' THEN
    UPDATE public.notifications SET next_step_at = least(next_step_at, clock_timestamp()) WHERE notifications.id = root_id;
  END IF;
  IF kind = 'acknowledge' THEN
    IF (SELECT count(DISTINCT acknowledged_by) FROM public.notifications
      WHERE (notifications.id = root_id OR escalated_from = root_id) AND acknowledged_at IS NOT NULL)
      >= coalesce((root.escalation->>'acknowledgers')::integer, 1) THEN
      UPDATE public.notifications SET next_step_at = NULL, stopped_step_at = coalesce(next_step_at, stopped_step_at),
        remind_at = CASE WHEN completed_at IS NULL AND reminders < 2
          THEN coalesce(remind_at, clock_timestamp() + make_interval(mins => complete_minutes)) END, closing = EXISTS (SELECT FROM public.notifications AS other
          WHERE (other.id = root_id OR other.escalated_from = root_id) AND other.acknowledged_at IS NULL
            AND other.dismissed_at IS NULL AND other.status NOT IN ('expired', 'cancelled'))
      WHERE notifications.id = root_id RETURNING notifications.closing INTO closes;
      PERFORM @stand_down(ARRAY(SELECT notifications.id FROM public.notifications
        WHERE (notifications.id = root_id OR escalated_from = root_id) AND acknowledged_at IS NOT NULL), 'taken',
        CASE WHEN root.id = root.send_id THEN root.escalation ELSE @rules_of(root.send_id) END);
    END IF;
  END IF;
  changes := @stamp_changes(ARRAY[act.id]);
  SELECT * INTO own FROM public.notifications WHERE notifications.id = act.id;
  PERFORM set_config('app.actor', 'user:' || person, true);
  PERFORM @put_on_record('notification.' || kind, 'ok', own.territory_id, own.id,
    jsonb_build_object('status', own.status, 'root_id', root_id) || CASE WHEN via IS NULL THEN '{}' ELSE jsonb_build_object('channel', via) END || means);
  RETURN jsonb_build_object('kind', 'done', 'notification', to_jsonb(own), 'changes', changes, 'rootId', root_id, 'closing', closes, 'waits', root.next_step_at IS NOT NULL);
END $$;
