-- Whether no channel outside has a way left to whoever covers others: each of them failed or was skipped, and they have not seen the notification
-- in its first round, or one that was made in its place. What is read there is not acknowledged: in the rounds of later steps it tells nobody. The caller holds the notification's lock, or has just looked at it.
--   round   the round that counts
CREATE FUNCTION @cover_lost(notification public.notifications, round integer) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT NOT ((cover_lost.round = notification.first_round OR cover_lost.round >= 1000000) AND coalesce(notification.seen_at, notification.read_at) IS NOT NULL)
    AND NOT EXISTS (SELECT FROM public.deliveries AS others WHERE others.notification_id = notification.id AND others.channel <> 'websocket'
      AND others.stand_down IS NULL AND others.status NOT IN ('failed', 'skipped'))
$$;
