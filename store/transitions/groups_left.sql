-- What is still to be done of some notifications of one family: a group is one recipient's deliveries of one round, in the order of their
-- channels. It is a thousand groups at most, since it goes into a history: the reconciler begins the others, so those come first that nobody has tried.
--   asked_for     the round that a supervisor asked for, which has a workflow of its own; null: all rounds but those
--   besideMs      see beside_ms; besideLiveMs: the same for the live channel, null where the next channel waits for its answer
--   heldMs        of a delivery that quiet hours hold, or held: until they are over
--   firstMs       until the first of these deliveries may begin: the one before it in the round took the message, and is given its time
CREATE FUNCTION @groups_left(family uuid[], asked_for integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN coalesce((SELECT jsonb_agg(jsonb_build_object('notificationId', notification_id, 'deliveries', waiting, 'besideMs', beside,
      'besideLiveMs', CASE WHEN urgency = 'critical' THEN beside END, 'firstMs', CASE WHEN first > 0 AND NOT at_once THEN greatest(0, (
        SELECT CASE WHEN urgency = 'critical' THEN beside ELSE 30000 END - extract(epoch FROM clock_timestamp() - before.updated_at) * 1000
        FROM public.deliveries AS before WHERE before.notification_id = rounds.notification_id AND before.round = rounds.round
          AND before.position = first - 1 AND before.status IN ('accepted', 'delivered'))::bigint) ELSE 0 END)
      ORDER BY notification_id, round) FROM (
    SELECT notification_id, round, jsonb_agg(jsonb_build_object('deliveryId', id, 'channel', channel)
        || CASE WHEN parallel THEN '{"parallel": true}' ELSE '{}'::jsonb END || CASE WHEN hold_until IS NULL THEN '{}'::jsonb
          ELSE jsonb_build_object('heldMs', greatest(0, ceil(extract(epoch FROM hold_until - clock_timestamp()) * 1000))::bigint) END ORDER BY position) AS waiting,
      min(position) AS first, (array_agg(parallel ORDER BY position))[1] AS at_once
    FROM public.deliveries WHERE notification_id = ANY (family) AND status IN ('queued', 'claimed')
      AND CASE WHEN asked_for IS NULL THEN redelivery_of IS NULL ELSE redelivery_of IS NOT NULL AND round = asked_for END
    GROUP BY notification_id, round
    ORDER BY cardinality(family) > 1000 AND EXISTS (SELECT FROM public.deliveries AS tried WHERE tried.notification_id = deliveries.notification_id
      AND tried.round = deliveries.round AND tried.attempts > 0), notification_id, round LIMIT 1000) AS rounds
    JOIN public.notifications ON notifications.id = notification_id
    CROSS JOIN LATERAL (SELECT @urgency(notifications) AS urgency OFFSET 0) AS told
    CROSS JOIN LATERAL (SELECT @beside_ms(territory_id, urgency) AS beside) AS times), '[]');
END $$;
