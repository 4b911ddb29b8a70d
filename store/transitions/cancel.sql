-- Takes back a send for the service that made it, as long as nobody has acknowledged or dismissed it or one of its escalated copies, and no outside channel took
-- one; follow brings that to the copies, of which none is sent or acknowledged any more from here on. Answers {kind: cancelled, changes, waits, behind}, where `waits` says
-- that its workflow waits for a time or a step, and `behind` that copies are to follow, {kind: too_late}, {kind: joined} where it is part of another alert, or {kind: not_found}.
CREATE FUNCTION @cancel(service uuid, id uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  send public.sends;
  family uuid[];
  shown_in uuid;
  is_outside boolean := false;
  changes jsonb := '[]';
  waits boolean := true;
  is_behind boolean := false;
BEGIN
  PERFORM set_config('app.actor', 'service:' || service, true);
  PERFORM @lock_family(cancel.id);
  SELECT * INTO send FROM public.sends WHERE sends.id = cancel.id FOR NO KEY UPDATE;
  IF send.id IS NULL OR send.user_id IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  IF send.joined IS NOT NULL THEN RETURN jsonb_build_object('kind', 'joined'); END IF;
  IF send.status = 'cancelled' OR EXISTS (SELECT FROM public.notifications WHERE notifications.id = cancel.id AND status = 'cancelled') THEN
    PERFORM set_config('app.actor', 'worker:' || send.id, true);
    RETURN jsonb_build_object('kind', 'cancelled', 'changes', '[]'::jsonb, 'waits', false, 'behind',
      coalesce((SELECT notifications.behind FROM public.notifications WHERE notifications.id = cancel.id), false));
  END IF;
  IF send.status = 'persisted' THEN
    -- The service may only read the notification; the notification's workflow may change it.
    PERFORM set_config('app.actor', 'worker:' || send.id, true);
    SELECT array_agg(notifications.id) INTO family FROM public.notifications
      WHERE notifications.id = cancel.id OR escalated_from = cancel.id;
    PERFORM @lock_inboxes(ARRAY[cancel.id]);
    SELECT notifications.digest INTO shown_in FROM public.notifications WHERE notifications.id = cancel.id;
    IF shown_in IS NOT NULL THEN
      PERFORM set_config('app.actor', 'worker:' || shown_in, true);
      is_outside := EXISTS (SELECT FROM public.deliveries WHERE notification_id = shown_in AND channel <> 'websocket' AND status IN ('claimed', 'accepted', 'delivered', 'unknown'));
      PERFORM set_config('app.actor', 'worker:' || send.id, true);
    END IF;
    IF is_outside OR EXISTS (SELECT FROM public.notifications WHERE notifications.id = ANY (family)
        AND (acknowledged_at IS NOT NULL OR dismissed_at IS NOT NULL))
      OR EXISTS (SELECT FROM public.deliveries WHERE notification_id = ANY (family) AND channel <> 'websocket'
        AND status IN ('claimed', 'accepted', 'delivered', 'unknown')) THEN
      RETURN jsonb_build_object('kind', 'too_late');
    END IF;
    waits := (SELECT next_step_at IS NOT NULL FROM public.notifications WHERE notifications.id = cancel.id);
    changes := @withdraw(ARRAY[cancel.id], 'cancelled');
    UPDATE public.notifications SET behind = status = 'cancelled' AND cardinality(family) > 1 WHERE notifications.id = cancel.id
      RETURNING notifications.behind INTO is_behind;
    PERFORM set_config('app.actor', 'service:' || service, true);
  ELSE
    UPDATE public.sends SET status = 'cancelled' WHERE sends.id = cancel.id;
  END IF;
  PERFORM @put_on_record('notification.cancel', 'ok', send.territory_id, send.id, '{}');
  RETURN jsonb_build_object('kind', 'cancelled', 'changes', changes, 'waits', waits, 'behind', is_behind);
END $$;
