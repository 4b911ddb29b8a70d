-- Takes back a send for the service that made it, with all its escalated copies, as long as nobody has acknowledged or dismissed one
-- of them, and no outside channel took one. Answers {kind: cancelled, changes}, {kind: too_late}, {kind: joined} where it is part of another alert,
-- or {kind: not_found}.
CREATE FUNCTION @cancel(service uuid, id uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  send public.sends;
  family uuid[];
  changes jsonb := '[]';
BEGIN
  PERFORM set_config('app.actor', 'service:' || service, true);
  PERFORM @lock_family(cancel.id);
  SELECT * INTO send FROM public.sends WHERE sends.id = cancel.id FOR NO KEY UPDATE;
  IF send.id IS NULL OR send.user_id IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  IF send.joined IS NOT NULL THEN RETURN jsonb_build_object('kind', 'joined'); END IF;
  IF send.status = 'cancelled' OR EXISTS (SELECT FROM public.notifications WHERE notifications.id = cancel.id AND status = 'cancelled') THEN
    RETURN jsonb_build_object('kind', 'cancelled', 'changes', '[]'::jsonb);
  END IF;
  IF send.status = 'persisted' THEN
    -- The service may only read the notification; the notification's workflow may change it.
    PERFORM set_config('app.actor', 'worker:' || send.id, true);
    SELECT array_agg(notifications.id) INTO family FROM public.notifications
      WHERE notifications.id = cancel.id OR escalated_from = cancel.id;
    PERFORM @lock_inboxes(family);
    IF EXISTS (SELECT FROM public.notifications WHERE notifications.id = ANY (family)
        AND (acknowledged_at IS NOT NULL OR dismissed_at IS NOT NULL))
      OR EXISTS (SELECT FROM public.deliveries WHERE notification_id = ANY (family) AND channel <> 'websocket'
        AND status IN ('claimed', 'accepted', 'delivered', 'unknown')) THEN
      RETURN jsonb_build_object('kind', 'too_late');
    END IF;
    changes := @withdraw(family, 'cancelled');
    PERFORM set_config('app.actor', 'service:' || service, true);
  ELSE
    UPDATE public.sends SET status = 'cancelled' WHERE sends.id = cancel.id;
  END IF;
  PERFORM @put_on_record('notification.cancel', 'ok', send.territory_id, send.id, '{}');
  RETURN jsonb_build_object('kind', 'cancelled', 'changes', changes);
END $$;
