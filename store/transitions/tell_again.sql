-- Tells those again, by channels outside, whose notifications are about to be open again: who heard that nothing is left to do, and who was not told since it was taken.
-- Each round is a workflow's of its own, which the relay starts. The caller holds the family's lock, and the notifications'.
--   since   when it was taken
CREATE FUNCTION @tell_again(notifications uuid[], since timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  former public.deliveries;
  next_round integer;
  others uuid[];
BEGIN
  FOR former IN UPDATE public.deliveries SET status = 'skipped', reason = 'not_needed', updated_at = clock_timestamp()
      WHERE deliveries.notification_id = ANY (notifications) AND deliveries.stand_down IS NOT NULL AND deliveries.status = 'queued' AND deliveries.attempts = 0
      RETURNING * LOOP
    PERFORM @note_delivery(former);
  END LOOP;
  FOR former IN SELECT told.* FROM public.deliveries AS told JOIN public.deliveries AS ended ON ended.redelivery_of = told.id
      WHERE told.notification_id = ANY (notifications) AND ended.notification_id = told.notification_id AND ended.stand_down IS NOT NULL
        AND ended.created_at >= since AND ended.status <> 'skipped' ORDER BY told.id LOOP
    next_round := @plan_again(former, ARRAY[former.channel]);
    UPDATE public.deliveries SET next_check_at = clock_timestamp()
      WHERE deliveries.notification_id = former.notification_id AND deliveries.round = next_round;
  END LOOP;
  -- The first of each round that was ended before it was tried; those behind it take over from it. Who takes it back knows of it.
  others := ARRAY(SELECT one.id FROM public.notifications AS one WHERE one.id = ANY (notifications) AND one.acknowledged_by IS DISTINCT FROM one.user_id);
  FOR former IN SELECT DISTINCT ON (waited.notification_id, waited.round) waited.* FROM public.deliveries AS waited
      WHERE waited.notification_id = ANY (others) AND waited.channel <> 'websocket' AND waited.redelivery_of IS NULL AND waited.status = 'skipped'
        AND waited.reason = 'already_handled' AND waited.updated_at >= since ORDER BY waited.notification_id, waited.round, waited.position LOOP
    next_round := @plan_again(former, ARRAY(SELECT waited.channel FROM public.deliveries AS waited
      WHERE waited.notification_id = former.notification_id AND waited.round = former.round AND waited.channel <> 'websocket' AND waited.status = 'skipped'
        AND waited.reason = 'already_handled' ORDER BY waited.position));
    -- None of them was tried, so that quiet hours hold them, by the wishes of the moment at which they are.
    UPDATE public.deliveries SET next_check_at = clock_timestamp(), hold_until = clock_timestamp()
      WHERE deliveries.notification_id = former.notification_id AND deliveries.round = next_round;
  END LOOP;
END $$;
