-- Lets some digests say what they hold now, after one of their items changed or left: those that have arrived already; others say it once they do. One
-- with no item left is cancelled, and so is a copy of one. The caller holds the locks of the recipient's inbox and of the digests (lock_inboxes). Answers the changes; the actor stays.
CREATE FUNCTION @tell_digests(digests uuid[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  actor CONSTANT text := current_setting('app.actor');
  one uuid;
  shown public.notifications;
  emptied uuid[];
  free text[];
  said jsonb;
  changes jsonb := '[]';
BEGIN
  FOREACH one IN ARRAY digests LOOP
    PERFORM set_config('app.actor', 'worker:' || one, true);
    SELECT * INTO shown FROM public.notifications WHERE notifications.id = one;
    IF shown.id IS NULL OR shown.status IN ('expired', 'cancelled') THEN CONTINUE; END IF;
    emptied := '{}';
    FOR shown IN SELECT * FROM public.notifications WHERE notifications.id = one OR notifications.escalated_from = one ORDER BY notifications.id LOOP
      said := @compose_digest(one, CASE WHEN shown.id <> one THEN shown.user_id END);
      IF said IS NULL AND shown.status NOT IN ('expired', 'cancelled') THEN emptied := emptied || shown.id; END IF;
      UPDATE public.notifications SET title = coalesce(said->>'title', notifications.title), message = coalesce(said->>'message', notifications.message),
        items = coalesce(said->'items', '[]') WHERE notifications.id = shown.id;
    END LOOP;
    IF emptied <> '{}' THEN
      UPDATE public.notifications SET status = 'cancelled' WHERE notifications.id = ANY (emptied) AND notifications.acknowledged_at IS NULL AND notifications.dismissed_at IS NULL;
      PERFORM @skip_waiting(emptied, NULL, 'cancelled', true);
      -- A broadcast may be taken back after a channel outside took the digest.
      IF EXISTS (SELECT FROM public.notifications WHERE notifications.digest = one AND notifications.status = 'cancelled') THEN
        PERFORM @stand_down(emptied, 'cancelled', NULL);
      END IF;
      INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
      SELECT notifications.id, notifications.user_id, notifications.territory_id, 'cancelled' FROM public.notifications
      WHERE notifications.id = ANY (emptied) AND notifications.status = 'cancelled';
    END IF;
    -- The inbox of somebody who covers comes out of its order here. Where it is taken just now, its person sees the change with the next one.
    free := ARRAY(SELECT inboxes.user_id FROM public.inboxes WHERE inboxes.user_id = ANY (ARRAY(
      SELECT notifications.user_id FROM public.notifications WHERE notifications.escalated_from = one)) FOR NO KEY UPDATE SKIP LOCKED);
    changes := changes || @stamp_changes(ARRAY[one] || ARRAY(SELECT notifications.id FROM public.notifications
      WHERE notifications.escalated_from = one AND notifications.user_id = ANY (free)));
  END LOOP;
  PERFORM set_config('app.actor', actor, true);
  RETURN changes;
END $$;
