-- Whether the person of a notification has it already, or may have: a device or a person confirmed it, a channel took it, or its answer was lost.
CREATE FUNCTION @has_got(notification public.notifications) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN notification.status <> 'sent' OR coalesce(notification.seen_at, notification.read_at) IS NOT NULL
    OR EXISTS (SELECT FROM public.deliveries WHERE deliveries.notification_id = notification.id AND deliveries.stand_down IS NULL
      AND deliveries.status IN ('accepted', 'delivered', 'unknown'));
END $$;
