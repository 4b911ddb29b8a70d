-- Gives one attempt alone the right to send a delivery, under the attempt's number, until its lease is over. Answers {claim: …}, or why
-- there is nothing to send: the delivery is settled, held, leased to another attempt or not needed any more, the notification's time is
-- over, or its recipient can't be reached.
--   idempotent   the channels whose provider takes the same delivery once, however often it is handed over
--   resolving    the channels that end what they began once its alert is over
--   lease        how long the claim lasts unless the attempt renews it
CREATE FUNCTION @claim(actor text, notification_id uuid, delivery_id uuid, idempotent text[], resolving text[], lease interval) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  notification public.notifications;
  delivery public.deliveries;
  point text;
  inbox uuid;
  asked_again boolean;
  obstacle text;
  ended jsonb;
  root uuid;
  family_ended text;
BEGIN
  PERFORM set_config('app.actor', claim.actor, true);
  root := @share_family(claim.notification_id);
  SELECT * INTO notification FROM public.notifications WHERE id = claim.notification_id FOR NO KEY UPDATE;
  SELECT * INTO delivery FROM public.deliveries
    WHERE id = claim.delivery_id AND deliveries.notification_id = claim.notification_id FOR NO KEY UPDATE;
  IF delivery.id IS NULL THEN RETURN jsonb_build_object('status', 'skipped', 'nextMs', NULL); END IF;
  IF delivery.status NOT IN ('queued', 'claimed') THEN
    RETURN jsonb_build_object('status', delivery.status, 'nextMs', @next_channel_ms(delivery, @urgency(notification)),
      'stepDue', coalesce(delivery.reason = 'not_reachable', false));
  END IF;
  IF delivery.hold_until > clock_timestamp() THEN
    RETURN jsonb_build_object('status', 'queued', 'held', true, 'nextMs', NULL,
      'retryAfterMs', ceil(extract(epoch FROM delivery.hold_until - clock_timestamp()) * 1000));
  END IF;
  IF delivery.status = 'claimed' AND delivery.lease_until > clock_timestamp() THEN
    RETURN jsonb_build_object('status', 'queued', 'nextMs', NULL,
      'retryAfterMs', ceil(extract(epoch FROM delivery.lease_until - clock_timestamp()) * 1000));
  END IF;

  SELECT address INTO point FROM public.contact_points
    WHERE contact_points.user_id = notification.user_id AND channel = delivery.channel AND verified_at IS NOT NULL;
  IF root IS NOT NULL AND delivery.channel <> 'websocket' THEN family_ended := @family_ended(root); END IF;
  asked_again := EXISTS (SELECT FROM public.deliveries AS first
    WHERE first.id = delivery.redelivery_of AND first.channel = delivery.channel);
  obstacle := CASE
    WHEN delivery.stand_down IS NOT NULL THEN @keeps_standing(notification, delivery, point)
    WHEN notification.status IN ('expired', 'cancelled') THEN notification.status
    WHEN family_ended = 'cancelled' THEN family_ended
    WHEN notification.expires_at <= clock_timestamp() THEN 'expired'
    WHEN NOT public.is_active(notification.user_id, notification.territory_id) THEN 'not_reachable'
    WHEN notification.closed_at IS NOT NULL THEN 'closed'
    WHEN delivery.redriven AND @has_got(notification) THEN 'not_needed'
    -- A later round of the channel stands for those before it.
    WHEN delivery.redelivery_of IS NULL AND EXISTS (SELECT FROM public.deliveries AS later
      WHERE later.notification_id = delivery.notification_id AND later.channel = delivery.channel
        AND later.round > delivery.round AND later.redelivery_of IS NULL) THEN 'not_needed'
    WHEN delivery.channel = 'websocket' THEN NULL
    -- Asked for since it was over: a supervisor wants it sent all the same.
    WHEN asked_again AND delivery.created_at > coalesce(greatest(notification.acknowledged_at, notification.dismissed_at, notification.resolved_at,
      notification.replaced_at), '-infinity') THEN CASE WHEN point IS NULL THEN 'no_address' END
    WHEN notification.acknowledged_at IS NOT NULL OR notification.dismissed_at IS NOT NULL THEN 'already_handled'
    WHEN notification.resolved_at IS NOT NULL THEN 'resolved'
    WHEN notification.replaced_at IS NOT NULL THEN 'replaced'
    WHEN family_ended IS NOT NULL THEN family_ended
    -- Seeing or reading a notification ends its first round; one that must be acknowledged goes out again in later rounds.
    WHEN delivery.round = notification.first_round AND coalesce(notification.seen_at, notification.read_at) IS NOT NULL THEN
      CASE WHEN notification.escalation IS NULL AND notification.escalated_from IS NULL THEN 'already_handled' ELSE 'not_needed' END
    WHEN delivery.redelivery_of IS NOT NULL AND notification.read_at IS NOT NULL AND notification.escalation IS NULL THEN 'already_handled'
    WHEN point IS NULL THEN 'no_address' END;
  IF obstacle = 'not_reachable' AND delivery.stand_down IS NULL AND notification.next_step = notification.first_round AND notification.next_step_at > clock_timestamp()
    AND NOT @cover_reaches(notification) THEN
    -- A recipient who can't be reached won't acknowledge, so the next step is due now, unless whoever covers them can.
    UPDATE public.notifications SET next_step_at = clock_timestamp() WHERE id = notification.id;
  END IF;
  IF obstacle IS NOT NULL THEN
    ended := @finish_attempt(notification, delivery, 'skipped', obstacle, NULL, NULL);
    IF obstacle = 'not_reachable' AND delivery.stand_down IS NULL AND notification.covers_for <> '{}' THEN
      PERFORM @give_back(notification.send_id, notification.covers_for);
      PERFORM set_config('app.actor', claim.actor, true);
    END IF;
    RETURN ended || CASE WHEN obstacle = 'not_reachable' THEN '{"stepDue": true}' ELSE '{}'::jsonb END;
  END IF;
  -- Nobody is told twice that it is over.
  IF delivery.status = 'claimed' AND delivery.channel <> ALL (claim.idempotent)
    AND (CASE WHEN delivery.stand_down IS NULL THEN @urgency(notification) <> 'critical' ELSE NOT delivery.resolvable END) THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(delivery.channel || ' ' || delivery.id, 1));
    RETURN @finish_attempt(notification, delivery, 'unknown', 'interrupted', NULL, NULL);
  END IF;

  UPDATE public.deliveries SET status = 'claimed', reason = NULL, attempts = attempts + 1, resolvable = delivery.channel = ANY (resolving), updated_at = clock_timestamp(),
    lease_until = clock_timestamp() + claim.lease, next_check_at = clock_timestamp() + claim.lease + interval '5 seconds'
  WHERE id = delivery.id RETURNING * INTO delivery;
  IF NOT @goes_on(delivery) THEN PERFORM @note_delivery(delivery); END IF;
  SELECT id INTO inbox FROM public.inboxes WHERE inboxes.user_id = notification.user_id;
  RETURN jsonb_build_object('claim', jsonb_build_object(
    'deliveryId', delivery.id, 'channel', delivery.channel, 'attempt', delivery.attempts, 'asks', delivery.stand_down IS NULL AND NOT notification.read_back AND notification.declined_at IS NULL AND (@urgency(notification) = 'critical'
      OR notification.escalation IS NOT NULL OR notification.escalated_from IS NOT NULL), 'askedAgain', asked_again AND delivery.stand_down IS NULL AND delivery.hold_until IS NULL, 'standDown', @describe_end(notification, delivery), 'address', point,
    'inboxId', inbox, 'notificationId', notification.id, 'userId', notification.user_id, 'seq', notification.seq,
    'category', notification.category, 'title', notification.title,
    'priority', notification.priority, 'urgency', @urgency(notification),
    'message', notification.message, 'createdAt', notification.created_at, 'now', clock_timestamp(),
    'preferences', (SELECT settings FROM public.preferences WHERE preferences.user_id = notification.user_id)));
END $$;
