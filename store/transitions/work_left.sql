-- The work left of a notification and its escalated copies: {groups, nextMs}. A group is one recipient's deliveries of one round,
-- in the order of their channels; nextMs is the time until a step is due, null where none is to come. Rounds that a supervisor asked for
-- have a workflow of their own. It is a thousand groups at most, since it goes into a history: the reconciler begins the others.
--   besideMs      see beside_ms; besideLiveMs: the same for the live channel, null where the next channel waits for its answer
--   firstMs       until the first of these deliveries may begin: the one before it in the round took the message, and is given its time
CREATE FUNCTION @work_left(root uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  family uuid[];
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  family := ARRAY(SELECT id FROM public.notifications WHERE id = work_left.root OR escalated_from = work_left.root);
  RETURN jsonb_build_object(
    'groups', coalesce((SELECT jsonb_agg(jsonb_build_object('notificationId', notification_id, 'deliveries', waiting, 'besideMs', beside,
        'besideLiveMs', CASE WHEN priority = 'critical' THEN beside END, 'firstMs', CASE WHEN first > 0 THEN greatest(0, (
          SELECT CASE WHEN priority = 'critical' THEN beside ELSE 30000 END - extract(epoch FROM clock_timestamp() - before.updated_at) * 1000
          FROM public.deliveries AS before WHERE before.notification_id = rounds.notification_id AND before.round = rounds.round
            AND before.position = first - 1 AND before.status IN ('accepted', 'delivered'))::bigint) ELSE 0 END)
        ORDER BY notification_id, round) FROM (
      SELECT notification_id, round, jsonb_agg(jsonb_build_object('deliveryId', id, 'channel', channel) ORDER BY position) AS waiting,
        min(position) AS first
      FROM public.deliveries WHERE notification_id = ANY (family) AND status IN ('queued', 'claimed') AND redelivery_of IS NULL
      GROUP BY notification_id, round ORDER BY notification_id, round LIMIT 1000) AS rounds
      JOIN public.notifications ON notifications.id = notification_id
      CROSS JOIN LATERAL (SELECT @beside_ms(territory_id, priority) AS beside) AS times), '[]'),
    'nextMs', (SELECT greatest(0, ceil(extract(epoch FROM next_step_at - clock_timestamp()) * 1000))::bigint
      FROM public.notifications WHERE id = work_left.root AND next_step_at IS NOT NULL));
END $$;
