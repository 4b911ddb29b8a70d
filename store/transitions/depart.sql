-- Makes the next step of an alert due at once where somebody who left its territory, or was disabled, was the last one of the step before, or of those first told, who
-- could still answer. Whom they cover has their own channels back. Answers whether the alert's workflow has something to do.
CREATE FUNCTION @depart(root uuid, person text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  alert public.notifications;
  waiting uuid[];
  own public.notifications;
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  -- A step that is being taken ends before this, or sees that they are gone.
  PERFORM @lock_family(root);
  SELECT * INTO alert FROM public.notifications WHERE notifications.id = root FOR NO KEY UPDATE;
  IF alert.next_step_at IS NULL OR alert.next_step_at <= clock_timestamp() OR public.is_active(person, alert.territory_id) THEN RETURN false; END IF;
  -- Those whom it told by some channel and who have not answered. A delivery that ended since its person is gone was one.
  waiting := ARRAY(SELECT one.id FROM public.notifications AS one
    WHERE one.send_id = root AND one.user_id IS NOT NULL AND one.acknowledged_at IS NULL AND one.declined_at IS NULL
      AND EXISTS (SELECT FROM public.deliveries AS told WHERE told.notification_id = one.id AND told.round = alert.next_step AND told.redelivery_of IS NULL
        AND NOT (told.status = 'skipped' AND told.reason IN ('not_configured', 'below_priority', 'no_address', 'preference', 'covered'))));
  SELECT * INTO own FROM public.notifications WHERE notifications.id = ANY (waiting) AND notifications.user_id = person LIMIT 1;
  IF own.id IS NULL THEN RETURN false; END IF;
  IF own.covers_for <> '{}' THEN
    PERFORM @give_back(root, own.covers_for);
    RETURN true;
  END IF;
  IF EXISTS (SELECT FROM public.notifications AS one
    WHERE one.id = ANY (waiting) AND one.user_id <> person AND public.is_active(one.user_id, one.territory_id)) THEN RETURN false; END IF;
  UPDATE public.notifications SET next_step_at = clock_timestamp() WHERE notifications.id = root;
  RETURN true;
END $$;
