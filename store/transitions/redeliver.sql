-- Delivers once more by the same channel, for a supervisor of the territory: under a new delivery, whatever the recipient's quiet hours.
--   available   the channels that are on
-- Answers {kind: done, delivery, category, priority, urgency}; {kind: not_found}; {kind: under_way}, where a delivery by this channel is; {kind:
-- over, status}, where the notification is; {kind: off}, where the channel is.
CREATE FUNCTION @redeliver(person text, delivery uuid, available text[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  former public.deliveries;
  again public.deliveries;
  notification public.notifications;
BEGIN
  PERFORM set_config('app.actor', 'user:' || person, true);
  SELECT * INTO former FROM public.deliveries
    WHERE deliveries.id = redeliver.delivery AND deliveries.territory_id = ANY (public.supervised_territories());
  IF former.id IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  PERFORM @lock_family(coalesce(escalated_from, notifications.id)) FROM public.notifications
    WHERE notifications.id = former.notification_id;
  IF EXISTS (SELECT FROM public.deliveries WHERE deliveries.notification_id = former.notification_id
      AND deliveries.channel = former.channel AND deliveries.status IN ('queued', 'claimed')) THEN
    RETURN jsonb_build_object('kind', 'under_way');
  END IF;
  SELECT * INTO notification FROM public.notifications WHERE notifications.id = former.notification_id;
  IF former.stand_down IS NOT NULL THEN
    RETURN jsonb_build_object('kind', 'over', 'status', notification.status);
  END IF;
  IF notification.status IN ('expired', 'cancelled') THEN
    RETURN jsonb_build_object('kind', 'over', 'status', notification.status);
  END IF;
  IF former.channel <> ALL (available) THEN RETURN jsonb_build_object('kind', 'off'); END IF;
  -- A supervisor may only read it; its workflow may change it.
  PERFORM set_config('app.actor', 'worker:' || notification.id, true);
  again := @deliver_again(former, notification);
  PERFORM set_config('app.actor', 'user:' || person, true);
  PERFORM @put_on_record('delivery.redeliver', 'ok', former.territory_id, former.notification_id,
    jsonb_build_object('delivery_id', again.id, 'redelivery_of', former.id, 'channel', former.channel));
  RETURN jsonb_build_object('kind', 'done', 'delivery', to_jsonb(again), 'category', notification.category, 'priority', notification.priority, 'urgency', @urgency(notification));
END $$;
