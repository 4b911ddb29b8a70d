-- Takes a broadcast back for the service that made it: no further page is written, and each call withdraws a page of the
-- notifications that are still open. Those that somebody acknowledged or dismissed stay. The caller repeats it while `more` is true.
-- Answers {kind: cancelled, changes, more, waits}, where `waits` says that its workflow wrote pages or waited for a step, or {kind: not_found}. The last answer also has reached and notReached: how many of its people
-- the broadcast got to (on a device, by an outside channel, or they acted on it), and how many it did not.
CREATE FUNCTION @cancel_broadcast(service uuid, id uuid, page integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  send public.sends;
  open uuid[];
  reached integer;
  shown_in uuid;
  waits boolean;
BEGIN
  PERFORM set_config('app.actor', 'service:' || service, true);
  SELECT * INTO send FROM public.sends WHERE sends.id = cancel_broadcast.id AND user_id IS NULL FOR NO KEY UPDATE;
  IF send.id IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  waits := send.status = 'accepted';
  IF send.status <> 'cancelled' THEN
    UPDATE public.sends SET status = 'cancelled' WHERE sends.id = send.id;
    PERFORM @put_on_record('broadcast.cancel', 'ok', send.territory_id, send.id, '{}');
  END IF;
  -- The service may only read the notifications; the broadcast's workflow may change them.
  PERFORM set_config('app.actor', 'worker:' || send.id, true);
  waits := waits OR coalesce((SELECT next_step_at IS NOT NULL FROM public.notifications WHERE notifications.id = send.id), false);
  UPDATE public.notifications SET next_step_at = NULL WHERE notifications.send_id = send.id AND next_step_at IS NOT NULL
    AND status NOT IN ('sent', 'delivered', 'read');
  SELECT array_agg(notifications.id) INTO open FROM (SELECT notifications.id FROM public.notifications
    WHERE notifications.send_id = send.id AND status IN ('sent', 'delivered', 'read') ORDER BY notifications.id LIMIT page) AS notifications;
  IF open IS NOT NULL THEN
    RETURN jsonb_build_object('kind', 'cancelled', 'changes', @withdraw(open, 'cancelled'), 'more', true, 'waits', waits);
  END IF;
  SELECT count(*) INTO reached FROM public.notifications WHERE notifications.send_id = send.id AND escalated_from IS NULL AND covers_for = '{}'
    AND (coalesce(seen_at, read_at, acknowledged_at, dismissed_at) IS NOT NULL OR EXISTS (SELECT FROM public.deliveries
      WHERE notification_id = notifications.id AND (deliveries.status = 'delivered' OR deliveries.status = 'accepted' AND channel <> 'websocket')));
  -- Items were brought there by their digests, each of which its own worker sees.
  FOREACH shown_in IN ARRAY ARRAY(SELECT notifications.digest FROM public.notifications WHERE notifications.send_id = send.id AND notifications.digest IS NOT NULL
      AND coalesce(seen_at, read_at, acknowledged_at, dismissed_at) IS NULL) LOOP
    PERFORM set_config('app.actor', 'worker:' || shown_in, true);
    reached := reached + (EXISTS (SELECT FROM public.deliveries WHERE notification_id = shown_in
      AND (deliveries.status = 'delivered' OR deliveries.status = 'accepted' AND channel <> 'websocket')))::integer;
  END LOOP;
  RETURN jsonb_build_object('kind', 'cancelled', 'changes', '[]'::jsonb, 'more', false, 'waits', waits, 'reached', reached,
    'notReached', greatest(0, send.recipients - reached));
END $$;
