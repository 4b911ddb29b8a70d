-- Brings the alert of a broadcast up to date: how many people have the broadcast and can still be reached, or acknowledged it, and how
-- many acknowledged it. Its copies say so too. Once everybody has, nobody else is told. Answers {changes, ended}.
CREATE FUNCTION @count_acknowledged(root uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  members text[];
  covered text[];
  copies uuid[];
  people integer;
  done integer;
  changes jsonb;
  ended boolean;
  nothing CONSTANT jsonb := '{"changes": [], "ended": false}';
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  PERFORM @lock_family(root);
  SELECT * INTO alert FROM public.notifications
    WHERE notifications.id = root AND notifications.user_id IS NULL AND notifications.next_step_at IS NOT NULL;
  IF alert.id IS NULL THEN RETURN nothing; END IF;
  members := @active_people(alert.territory_id, NULL);
  -- Who acknowledged as somebody's delegate did so for them.
  covered := ARRAY(SELECT unnest(notifications.covers_for) FROM public.notifications WHERE notifications.send_id = root
    AND notifications.escalated_from IS NULL AND notifications.covers_for <> '{}' AND notifications.acknowledged_at IS NOT NULL);
  SELECT count(*), count(*) FILTER (WHERE notifications.acknowledged_at IS NOT NULL OR notifications.user_id IN (SELECT unnest(covered))) INTO people, done
  FROM public.notifications
    WHERE notifications.send_id = root AND notifications.user_id IS NOT NULL AND notifications.escalated_from IS NULL AND notifications.covers_for = '{}'
      AND (notifications.acknowledged_at IS NOT NULL OR notifications.user_id IN (SELECT unnest(members)));
  ended := people > 0 AND done = people AND (SELECT status FROM public.sends WHERE sends.id = root) = 'persisted';
  IF NOT ended AND (people, done) IS NOT DISTINCT FROM (alert.recipients, alert.acknowledged) THEN RETURN nothing; END IF;
  copies := ARRAY(SELECT notifications.id FROM public.notifications
    WHERE notifications.escalated_from = root AND notifications.status NOT IN ('expired', 'cancelled'));
  PERFORM @lock_inboxes(root || copies);
  UPDATE public.notifications SET recipients = people, acknowledged = done
    WHERE notifications.id = ANY (root || copies);
  changes := @stamp_changes(copies);
  IF ended THEN
    UPDATE public.notifications SET next_step_at = NULL, stopped_step_at = next_step_at, closing = cardinality(copies) > 0 WHERE notifications.id = root;
    INSERT INTO public.delivery_events (notification_id, territory_id, status, reason)
    VALUES (root, alert.territory_id, 'acknowledged', 'by_everybody');
  END IF;
  RETURN jsonb_build_object('changes', changes, 'ended', ended);
END $$;
