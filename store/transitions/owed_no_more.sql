-- Why a delivery that failed is not made once more: {over} its notification or the alert is; {got} its person has the notification by another
-- way, or may have; {under_way} another delivery of it is. Null where the person has still to be told. The actor stays.
CREATE FUNCTION @owed_no_more(delivery public.deliveries) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  actor CONSTANT text := current_setting('app.actor');
  notification public.notifications;
  answer text;
BEGIN
  PERFORM set_config('app.actor', 'worker:' || delivery.notification_id, true);
  SELECT * INTO notification FROM public.notifications WHERE notifications.id = delivery.notification_id;
  answer := CASE
    WHEN notification.status IN ('acknowledged', 'dismissed', 'expired', 'cancelled') THEN 'over'
    WHEN notification.expires_at <= clock_timestamp() THEN 'over'
    WHEN coalesce(notification.acknowledged_at, notification.dismissed_at, notification.closed_at, notification.resolved_at, notification.replaced_at) IS NOT NULL THEN 'over'
    WHEN @family_ended(coalesce(notification.escalated_from, notification.id)) IS NOT NULL THEN 'over'
    WHEN NOT public.is_active(notification.user_id, notification.territory_id) THEN 'over'
    WHEN @has_got(notification) THEN 'got'
    WHEN EXISTS (SELECT FROM public.deliveries WHERE deliveries.notification_id = notification.id AND deliveries.status IN ('queued', 'claimed')) THEN 'under_way'
    -- A later one by the channel stands for it.
    WHEN EXISTS (SELECT FROM public.deliveries AS later WHERE later.notification_id = notification.id AND later.channel = owed_no_more.delivery.channel
      AND later.round > owed_no_more.delivery.round) THEN 'over' END;
  PERFORM set_config('app.actor', actor, true);
  RETURN answer;
END $$;
