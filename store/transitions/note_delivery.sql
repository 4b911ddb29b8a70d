-- Puts a delivery's state on the timeline.
CREATE FUNCTION @note_delivery(delivery public.deliveries) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO public.delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, reason, attempt)
  VALUES (delivery.notification_id, delivery.id, delivery.user_id, delivery.territory_id, delivery.channel, delivery.status,
    delivery.reason, delivery.attempts)
$$;
