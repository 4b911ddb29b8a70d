-- Whoever covered some people can't be reached: the channels that were left out for them are tried after all, and the first step of an alert of which
-- nobody is told any more is due at once. The actor is the workflow of the alert, or of the broadcast, from here on.
CREATE FUNCTION @give_back(root uuid, people text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  theirs uuid[];
  own public.notifications;
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  theirs := ARRAY(SELECT notifications.id FROM public.notifications
    WHERE notifications.send_id = root AND notifications.user_id = ANY (people));
  WITH given AS (
    -- The wishes by which quiet hours would have held them may be others by now: the attempt judges anew.
    UPDATE public.deliveries SET status = 'queued', updated_at = clock_timestamp(), reason = NULL, hold_until = NULL,
      next_check_at = clock_timestamp() + interval '10 seconds'
    WHERE deliveries.notification_id = ANY (theirs) AND deliveries.status = 'skipped' AND deliveries.reason = 'covered'
    RETURNING *)
  INSERT INTO public.delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, reason)
  SELECT given.notification_id, given.id, given.user_id, given.territory_id, given.channel, 'queued', 'cover_unreachable' FROM given;
  -- Theirs come after the delegate's here, against the order of locks: one that is locked is passed over, and has the time that its rules name.
  FOR own IN SELECT * FROM public.notifications WHERE notifications.id = ANY (theirs) AND notifications.next_step_at IS NOT NULL
      FOR NO KEY UPDATE SKIP LOCKED LOOP
    PERFORM @hurry_step(own, own.first_round);
  END LOOP;
END $$;
