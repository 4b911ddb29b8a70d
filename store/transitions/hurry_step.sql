-- Makes the first step of a critical notification due at once where every channel of its first round has failed its recipient, who has not seen it, and
-- nobody who covers them is told. Answers whether it did. The caller holds the notification's lock; the actor is its worker.
--   round   of the delivery that ended
CREATE FUNCTION @hurry_step(notification public.notifications, round integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF notification.priority = 'critical' AND hurry_step.round = notification.first_round AND notification.next_step = notification.first_round
    AND notification.next_step_at > clock_timestamp() AND coalesce(notification.seen_at, notification.read_at) IS NULL
    -- Whoever is merely offline is given the time that the rules name.
    AND (SELECT bool_and(others.status IN ('failed', 'skipped')) AND bool_or(others.status = 'failed') FROM public.deliveries AS others
      WHERE others.notification_id = notification.id AND others.round = hurry_step.round)
    AND NOT @cover_reaches(notification) THEN
    UPDATE public.notifications SET next_step_at = clock_timestamp() WHERE notifications.id = notification.id;
    RETURN true;
  END IF;
  RETURN false;
END $$;
