-- Plans that people whom a channel outside told of some notifications hear by it, once, that nothing is left for them to do: each by a delivery of its own,
-- which the relay starts. Whoever acknowledged, declined or dismissed one hears nothing, nor who was told too long ago, nor who gets what replaces it;
-- but a channel that ends what it began there is told for everybody, and alone where a notification's time is over. The caller holds the notifications' locks.
--   how          taken, resolved, replaced, cancelled, expired or closed
--   escalation   the rules of the alert; null where there are none
CREATE FUNCTION @stand_down(notifications uuid[], how text, escalation jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  minutes CONSTANT integer := coalesce((escalation->>'stand_down_minutes')::integer, 120);
BEGIN
  IF cardinality(notifications) = 0 THEN RETURN; END IF;
  WITH told AS (
    SELECT DISTINCT ON (told.notification_id, told.channel) told.* FROM public.deliveries AS told
    WHERE told.notification_id = ANY (stand_down.notifications) AND told.channel <> 'websocket' AND told.stand_down IS NULL
      AND told.status IN ('claimed', 'accepted', 'delivered', 'unknown')
    ORDER BY told.notification_id, told.channel, told.round DESC),
  planned AS (
    INSERT INTO public.deliveries (id, notification_id, user_id, territory_id, channel, position, round, status, redelivery_of, stand_down, stand_down_minutes, resolvable,
      hold_until, next_check_at, created_at)
    SELECT gen_random_uuid(), told.notification_id, told.user_id, told.territory_id, told.channel, 0,
      greatest(1000000, (SELECT max(former.round) FROM public.deliveries AS former WHERE former.notification_id = told.notification_id))
        + row_number() OVER (PARTITION BY told.notification_id ORDER BY told.channel),
      'queued', told.id, how, minutes, told.resolvable,
      -- It comes after what it ends, which may be on its way.
      CASE WHEN told.status = 'claimed' THEN told.lease_until END, coalesce(CASE WHEN told.status = 'claimed' THEN told.lease_until END, clock_timestamp()), clock_timestamp()
    FROM told JOIN public.notifications AS notification ON notification.id = told.notification_id
    WHERE (told.resolvable OR how <> 'expired' AND told.updated_at > clock_timestamp() - make_interval(mins => minutes)
        AND notification.acknowledged_by IS DISTINCT FROM notification.user_id AND notification.declined_at IS NULL AND notification.dismissed_at IS NULL
        AND notification.replaced_by IS NULL)
      AND NOT EXISTS (SELECT FROM public.deliveries AS former WHERE former.notification_id = told.notification_id
        AND former.redelivery_of = told.id AND former.stand_down IS NOT NULL AND former.status <> 'skipped')
    RETURNING *)
  INSERT INTO public.delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, reason)
  SELECT planned.notification_id, planned.id, planned.user_id, planned.territory_id, planned.channel, 'stand_down_queued', planned.stand_down FROM planned;
END $$;
