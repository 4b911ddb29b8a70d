-- Puts a delivery's state on the timeline; that of a stand-down under a name of its own, since it brings nobody the notification.
CREATE FUNCTION @note_delivery(delivery public.deliveries) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO public.delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, reason, attempt)
  VALUES (delivery.notification_id, delivery.id, delivery.user_id, delivery.territory_id, delivery.channel,
    CASE WHEN delivery.stand_down IS NULL THEN delivery.status ELSE 'stand_down_' || delivery.status END, coalesce(delivery.reason, delivery.stand_down), delivery.attempts)
$$;
