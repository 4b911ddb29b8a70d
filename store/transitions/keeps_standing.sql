-- Why a stand-down is not sent; null where it is: its alert was opened again, what it ends was not sent after all, its person was told of that too long ago, has
-- no such address any more, or is nobody whom the territory's notifications may reach any more.
CREATE FUNCTION @keeps_standing(notification public.notifications, delivery public.deliveries, point text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  told public.deliveries;
BEGIN
  SELECT * INTO told FROM public.deliveries WHERE deliveries.id = delivery.redelivery_of;
  RETURN CASE
    WHEN coalesce(notification.acknowledged_at, notification.resolved_at, notification.replaced_at, notification.closed_at) IS NULL
      AND notification.status NOT IN ('expired', 'cancelled') THEN 'not_needed'
    WHEN told.status NOT IN ('claimed', 'accepted', 'delivered', 'unknown') THEN 'not_needed'
    WHEN NOT told.resolvable AND NOT public.is_active(notification.user_id, notification.territory_id) THEN 'not_reachable'
    WHEN point IS NULL AND NOT public.is_active(notification.user_id, notification.territory_id) THEN 'not_reachable'
    WHEN point IS NULL THEN 'no_address'
    WHEN told.updated_at < clock_timestamp() - make_interval(mins => coalesce(delivery.stand_down_minutes, 120)) AND NOT told.resolvable THEN 'outdated' END;
END $$;
