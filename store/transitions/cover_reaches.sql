-- Whether somebody who covers the recipient of a notification was told of it, or is about to be. The actor is the notification's worker.
CREATE FUNCTION @cover_reaches(notification public.notifications) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM public.notifications AS copy JOIN public.deliveries AS told ON told.notification_id = copy.id
    WHERE copy.escalated_from = notification.id AND notification.user_id = ANY (copy.covers_for)
      AND told.stand_down IS NULL AND told.round >= copy.first_round AND told.status IN ('queued', 'claimed', 'accepted', 'delivered', 'unknown'))
$$;
