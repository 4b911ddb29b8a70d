-- Tells some people of an alert, for its step `number` (from 0): by a copy in their own inbox the first time, by another round of
-- deliveries after that, which opens again what they have dismissed. A repeated call writes nothing twice, and nothing is written once the alert is over or the step was taken.
-- Answers the changes.
--   arrivals   [{id, userId, deliveries}]
CREATE FUNCTION @tell_people(root uuid, number integer, arrivals jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  again jsonb;
  ids uuid[];
  people text[];
  changes jsonb;
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  PERFORM @lock_family(root);
  SELECT * INTO alert FROM public.notifications WHERE notifications.id = root;
  IF alert.next_step_at IS NULL OR alert.next_step <> number THEN RETURN '[]'; END IF;
  -- Inboxes are locked once, in the order of their ids, for both ways of telling.
  ids := ARRAY(SELECT (arrival->>'id')::uuid FROM jsonb_array_elements(arrivals) AS arrival);
  people := ARRAY(SELECT arrival->>'userId' FROM jsonb_array_elements(arrivals) AS arrival);
  PERFORM @name_page(ids, people);
  -- Arrays, not joins: a join may ask the policy about every inbox and notification there is.
  PERFORM FROM public.inboxes WHERE inboxes.user_id = ANY (people) ORDER BY inboxes.id FOR NO KEY UPDATE;
  ids := ARRAY(SELECT notifications.id FROM public.notifications WHERE notifications.id = ANY (ids)
    AND notifications.acknowledged_at IS NULL AND notifications.status NOT IN ('expired', 'cancelled')
    AND NOT EXISTS (SELECT FROM public.deliveries WHERE deliveries.notification_id = notifications.id AND deliveries.round = number + 1));
  SELECT jsonb_agg(arrival) INTO again FROM jsonb_array_elements(arrivals) AS arrival WHERE (arrival->>'id')::uuid = ANY (ids);
  -- One array: PostgreSQL takes an OR with an empty one for whatever index there is, and reads all of that.
  PERFORM FROM public.notifications WHERE notifications.id = ANY (root || ids) ORDER BY notifications.id FOR NO KEY UPDATE;
  -- It may have expired, or been taken back, while this call waited for the inboxes.
  SELECT * INTO alert FROM public.notifications WHERE notifications.id = root;
  IF alert.next_step_at IS NULL OR alert.status IN ('expired', 'cancelled') THEN RETURN '[]'; END IF;
  IF again IS NOT NULL THEN
    UPDATE public.notifications SET told_again_at = clock_timestamp(), dismissed_at = NULL,
      status = CASE WHEN notifications.dismissed_at IS NULL THEN notifications.status ELSE 'read' END
    WHERE notifications.id = ANY (ids);
    PERFORM @plan_round(again, alert.territory_id, number + 1, NULL);
  END IF;
  -- Whoever is told because nobody else answered is told as of what is critical: by every channel of theirs, and at any hour.
  IF alert.exhausted_at IS NOT NULL THEN
    -- A copy that an older node made is critical itself.
    UPDATE public.notifications SET told_as_critical = true, priority = alert.priority WHERE notifications.id = ANY (ids);
    alert.told_as_critical := true;
  END IF;
  IF alert.user_id IS NULL THEN
    -- The notifications of a broadcast's recipients have workflows of their own, which the reconciler begins.
    UPDATE public.deliveries SET next_check_at = clock_timestamp() WHERE deliveries.round = number + 1 AND deliveries.status = 'queued'
      AND deliveries.hold_until IS NULL AND deliveries.notification_id = ANY (ARRAY(
        SELECT notifications.id FROM public.notifications WHERE notifications.id = ANY (ids) AND notifications.escalated_from IS NULL));
  END IF;
  changes := coalesce(@stamp_changes(ids), '[]');
  alert.escalated_from := root;
  alert.status := 'sent';
  -- A list's cursor holds times in whole ms.
  alert.created_at := date_trunc('milliseconds', clock_timestamp());
  alert.escalation := NULL;
  alert.next_step_at := NULL;
  alert.replaces := NULL;
  -- Its copies begin with the step's round, so that a call after a crash finds it planned, as it does for everybody else.
  alert.first_round := number + 1;
  RETURN changes || @enter(alert, arrivals);
END $$;
