-- Records that a person's device has the changes stamped after `device_after` up to `device_to`, and that a visible page shows those
-- stamped after `seen_after` up to `seen_to`. A late receipt turns `accepted`, `skipped` and `unknown` into `delivered`. A notification
-- on a device needs no further channel in its first round; a critical one does until somebody has seen it.
-- Answers the ids of the notifications that were newly delivered or seen.
CREATE FUNCTION @receive(person text, device_after bigint, device_to bigint, seen_after bigint, seen_to bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  told uuid[];
  delivered uuid[];
  seen uuid[];
BEGIN
  PERFORM set_config('app.actor', 'user:' || person, true);
  SELECT array_agg(locked.id) INTO told FROM (
    SELECT notifications.id FROM public.notifications
    WHERE notifications.user_id = person AND notifications.status NOT IN ('expired', 'cancelled')
      AND (notifications.seq > device_after AND notifications.seq <= device_to
          AND EXISTS (SELECT FROM public.deliveries WHERE deliveries.user_id = person AND deliveries.channel = 'websocket'
            AND deliveries.status <> 'delivered' AND deliveries.notification_id = notifications.id)
        OR notifications.seq > seen_after AND notifications.seq <= seen_to AND notifications.seen_at IS NULL)
    ORDER BY notifications.id FOR NO KEY UPDATE) AS locked;
  IF told IS NULL THEN RETURN '[]'; END IF;

  WITH arrived AS (
    UPDATE public.deliveries SET status = 'delivered', reason = NULL, updated_at = clock_timestamp(), lease_until = NULL,
      -- Arrival in the inbox tells the sockets, so a receipt may come before the first attempt.
      attempts = greatest(attempts, 1)
    WHERE notification_id = ANY (told) AND channel = 'websocket' AND status <> 'delivered'
      AND EXISTS (SELECT FROM public.notifications WHERE notifications.id = notification_id
        AND (notifications.seq > device_after AND notifications.seq <= device_to OR notifications.seq > seen_after AND notifications.seq <= seen_to))
    RETURNING *),
  noted AS (
    INSERT INTO public.delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, attempt)
    SELECT notification_id, id, user_id, territory_id, channel, status, attempts FROM arrived),
  recorded AS (
    SELECT @put_on_record('delivery.receive', 'ok', territory_id, notification_id,
      jsonb_build_object('delivery_id', id, 'channel', channel, 'status', status)) FROM arrived)
  SELECT array_agg(DISTINCT notification_id) INTO delivered FROM arrived, (SELECT count(*) FROM recorded) AS counted;
  WITH shown AS (
    UPDATE public.notifications SET seen_at = clock_timestamp()
    WHERE id = ANY (told) AND seq > seen_after AND seq <= seen_to AND seen_at IS NULL RETURNING *),
  noted AS (
    INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
    SELECT id, user_id, territory_id, 'seen' FROM shown)
  SELECT array_agg(id) INTO seen FROM shown;
  UPDATE public.notifications SET status = 'delivered' WHERE id = ANY (delivered) AND status = 'sent';
  PERFORM @skip_waiting(array_agg(id), 0, 'not_needed', true) FROM public.notifications
    WHERE id = ANY (seen) OR id = ANY (delivered) AND priority <> 'critical';
  RETURN to_jsonb(coalesce((SELECT array_agg(DISTINCT id) FROM unnest(delivered || seen) AS id), '{}'));
END $$;
