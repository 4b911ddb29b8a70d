-- The work left of a notification and its escalated copies: {groups, nextMs}. A group is one recipient's deliveries of one round,
-- in the order of their channels; nextMs is the time until a step is due, null where none is to come. Rounds that a supervisor asked for
-- have a workflow of their own. It is a thousand groups at most, since it goes into a history: the reconciler begins the others.
CREATE FUNCTION @work_left(root uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  family uuid[];
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  family := ARRAY(SELECT id FROM public.notifications WHERE id = work_left.root OR escalated_from = work_left.root);
  RETURN jsonb_build_object(
    'groups', coalesce((SELECT jsonb_agg(jsonb_build_object('notificationId', notification_id, 'deliveries', waiting, 'besideMs', 60000)
        ORDER BY notification_id, round) FROM (
      SELECT notification_id, round, jsonb_agg(jsonb_build_object('deliveryId', id, 'channel', channel) ORDER BY position) AS waiting
      FROM public.deliveries WHERE notification_id = ANY (family) AND status IN ('queued', 'claimed') AND redelivery_of IS NULL
      GROUP BY notification_id, round ORDER BY notification_id, round LIMIT 1000) AS rounds), '[]'),
    'nextMs', (SELECT greatest(0, ceil(extract(epoch FROM next_step_at - clock_timestamp()) * 1000))::bigint
      FROM public.notifications WHERE id = work_left.root AND next_step_at IS NOT NULL));
END $$;
