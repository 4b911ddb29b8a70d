-- Takes a small act of a recipient back: `unread` makes what was read unread again, `restore` brings back what was dismissed, as it was before. Nobody is told
-- again for it, and whoever has seen it has. Done twice it changes nothing.
-- Answers {kind: done, notification, changes, rootId, closing}, {kind: not_found} or {kind: conflict, detail}.
CREATE FUNCTION @put_back(person text, id uuid, kind text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  own public.notifications;
  root_id uuid;
  changes jsonb := '[]';
BEGIN
  PERFORM set_config('app.actor', 'user:' || person, true);
  SELECT coalesce(escalated_from, notifications.id) INTO root_id FROM public.notifications
    WHERE notifications.id = put_back.id AND user_id = person;
  IF root_id IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  PERFORM set_config('app.actor', 'worker:' || root_id, true);
  PERFORM @lock_inboxes(ARRAY[put_back.id]);
  SELECT * INTO own FROM public.notifications WHERE notifications.id = put_back.id;
  IF kind = 'unread' AND own.status NOT IN ('sent', 'delivered', 'read') OR kind = 'unread' AND own.declined_at IS NOT NULL
    OR kind = 'restore' AND own.status IN ('expired', 'cancelled') THEN
    RETURN jsonb_build_object('kind', 'conflict', 'detail',
      format('It is %s already.', CASE WHEN own.declined_at IS NOT NULL AND own.status = 'read' THEN 'declined' ELSE own.status END));
  END IF;
  IF kind = 'unread' AND own.status = 'read' OR kind = 'restore' AND own.status = 'dismissed' THEN
    UPDATE public.notifications SET
      dismissed_at = NULL,
      read_at = CASE WHEN kind = 'unread' THEN NULL ELSE read_at END,
      status = CASE WHEN kind = 'restore' AND acknowledged_at IS NOT NULL THEN 'acknowledged' WHEN kind = 'restore' THEN 'read'
        WHEN EXISTS (SELECT FROM public.deliveries WHERE notification_id = own.id AND deliveries.status = 'delivered' AND stand_down IS NULL) THEN 'delivered'
        ELSE 'sent' END
    WHERE notifications.id = own.id;
    INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
    VALUES (own.id, own.user_id, own.territory_id, CASE kind WHEN 'unread' THEN 'unread' ELSE 'restored' END);
    changes := @stamp_changes(ARRAY[own.id]);
    SELECT * INTO own FROM public.notifications WHERE notifications.id = put_back.id;
    PERFORM set_config('app.actor', 'user:' || person, true);
    PERFORM @put_on_record('notification.' || kind, 'ok', own.territory_id, own.id, jsonb_build_object('status', own.status, 'root_id', root_id));
  END IF;
  RETURN jsonb_build_object('kind', 'done', 'notification', to_jsonb(own), 'changes', changes, 'rootId', root_id, 'closing', false);
END $$;
