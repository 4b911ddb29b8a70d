-- Makes a delivery that failed once more, where its person has still to be told: under a new delivery, whatever their quiet hours, on record.
--   actor        who asks for it: somebody who supervises its territory, unless it is asked for everywhere
--   everywhere   whether an administrator or a command asks, who see the deliveries of all territories by their ids
--   available    the channels that are on
-- Answers {kind: done, notificationId, round, urgency}; {kind: not_found}; {kind: off}, where the channel is; and those of owed_no_more.
CREATE FUNCTION @redrive(actor text, delivery uuid, everywhere boolean, available text[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  former public.deliveries;
  again public.deliveries;
  notification public.notifications;
  refusal text;
BEGIN
  PERFORM set_config('app.actor', CASE WHEN redrive.everywhere THEN 'relay' ELSE redrive.actor END, true);
  SELECT * INTO former FROM public.deliveries WHERE deliveries.id = redrive.delivery AND deliveries.status = 'failed' AND deliveries.stand_down IS NULL
    AND (redrive.everywhere OR deliveries.territory_id = ANY (public.supervised_territories()));
  IF former.id IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  PERFORM set_config('app.actor', 'worker:' || former.notification_id, true);
  PERFORM @lock_family(coalesce(escalated_from, notifications.id)) FROM public.notifications
    WHERE notifications.id = former.notification_id;
  -- Receipts and acts wait until it is planned, or are seen here.
  PERFORM @lock_inboxes(ARRAY[former.notification_id]);
  SELECT * INTO former FROM public.deliveries WHERE deliveries.id = redrive.delivery;
  refusal := CASE WHEN former.status <> 'failed' THEN 'got' ELSE @owed_no_more(former) END;
  IF refusal IS NULL AND former.channel <> ALL (redrive.available) THEN refusal := 'off'; END IF;
  IF refusal IS NOT NULL THEN RETURN jsonb_build_object('kind', refusal); END IF;
  SELECT * INTO notification FROM public.notifications WHERE notifications.id = former.notification_id;
  again := @deliver_again(former, notification);
  UPDATE public.deliveries SET redriven = true WHERE deliveries.id = again.id;
  PERFORM set_config('app.actor', redrive.actor, true);
  PERFORM @put_on_record('work.redrive', 'ok', former.territory_id, former.notification_id,
    jsonb_build_object('kind', 'delivery', 'delivery_id', again.id, 'redelivery_of', former.id, 'channel', former.channel));
  RETURN jsonb_build_object('kind', 'done', 'notificationId', again.notification_id, 'round', again.round, 'urgency', @urgency(notification));
END $$;
