-- Takes a provider's report on what it was given. Reports come late, twice and in any order: a delivery only ever moves forward. A report
-- that comes before the delivery's own answer, which names the provider's id, is kept for a day; one that names the delivery gives
-- that the provider's id, where the answer was lost. Where a delivery failed after all and nothing has reached the recipient, the
-- channels behind it that were not needed take over, in a round of their own; where there are none, the next step may be due at once.
--   delivery   null where the provider does not name it
-- Answers [{notificationId, round, urgency}], the rounds to start.
CREATE FUNCTION @report(channel text, provider text, delivery uuid, status text, reason text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  ids uuid[];
  one uuid;
  reported public.deliveries;
  notification public.notifications;
  was_answered boolean;
  spared text[];
  rounds jsonb := '[]';
BEGIN
  PERFORM set_config('app.actor', 'callback:' || report.channel, true);
  -- Nobody keeps a report while somebody looks for one, so that no report is missed.
  PERFORM pg_advisory_xact_lock(hashtextextended(report.channel || ' ' || report.provider, 1));
  ids := ARRAY(SELECT deliveries.id FROM public.deliveries
    WHERE deliveries.channel = report.channel AND deliveries.provider_id = report.provider);
  IF ids = '{}' AND report.delivery IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(report.channel || ' ' || report.delivery, 1));
    UPDATE public.deliveries SET provider_id = report.provider WHERE deliveries.id = report.delivery
      AND deliveries.channel = report.channel AND deliveries.provider_id IS NULL AND deliveries.status = 'unknown';
    IF FOUND THEN ids := ARRAY[report.delivery]; END IF;
  END IF;
  IF ids = '{}' THEN
    DELETE FROM public.early_reports WHERE early_reports.channel = report.channel AND at < now() - interval '1 day';
    INSERT INTO public.early_reports AS kept (channel, provider_id, delivery_id, status, reason)
    VALUES (report.channel, report.provider, report.delivery, report.status, report.reason)
    ON CONFLICT (channel, provider_id) DO UPDATE SET status = excluded.status, reason = excluded.reason
      WHERE @rank(excluded.status) > @rank(kept.status);
    RETURN rounds;
  END IF;

  FOREACH one IN ARRAY ids LOOP
    PERFORM set_config('app.actor', 'callback:' || report.channel, true);
    PERFORM @lock_family(coalesce(notifications.escalated_from, notifications.id)) FROM public.notifications
      WHERE notifications.id = (SELECT deliveries.notification_id FROM public.deliveries WHERE deliveries.id = one);
    SELECT notifications.* INTO notification FROM public.notifications
      WHERE notifications.id = (SELECT deliveries.notification_id FROM public.deliveries WHERE deliveries.id = one) FOR NO KEY UPDATE;
    SELECT * INTO reported FROM public.deliveries WHERE deliveries.id = one FOR NO KEY UPDATE;
    CONTINUE WHEN @rank(report.status) <= @rank(reported.status);
    -- When the answer was lost, the next channel has been tried already.
    was_answered := reported.status <> 'unknown';
    UPDATE public.deliveries SET status = report.status, reason = report.reason, updated_at = clock_timestamp()
      WHERE deliveries.id = one RETURNING * INTO reported;
    PERFORM @note_delivery(reported);
    PERFORM @put_on_record('delivery.report', CASE WHEN report.status IN ('failed', 'unknown') THEN 'failed' ELSE 'ok' END,
      reported.territory_id, reported.notification_id, jsonb_build_object('delivery_id', one, 'channel', report.channel,
        'status', report.status, 'reason', report.reason));
    IF report.status = 'delivered' AND reported.stand_down IS NULL THEN
      UPDATE public.notifications SET status = 'delivered' WHERE notifications.id = notification.id AND notifications.status = 'sent';
    END IF;
    CONTINUE WHEN report.status <> 'failed' OR notification.status <> 'sent';

    PERFORM set_config('app.actor', 'worker:' || notification.id, true);
    IF NOT was_answered THEN
      PERFORM @hurry_step(notification, reported.round);
      PERFORM @cover_failed(notification, reported);
      CONTINUE;
    END IF;
    PERFORM FROM public.deliveries WHERE deliveries.notification_id = notification.id AND deliveries.round = reported.round
      AND deliveries.position > reported.position ORDER BY deliveries.id FOR NO KEY UPDATE;
    -- The workflow is about to put the deliveries that are still queued on record as not needed.
    spared := ARRAY(SELECT deliveries.channel FROM public.deliveries
      WHERE deliveries.notification_id = notification.id AND deliveries.round = reported.round AND deliveries.position > reported.position
        AND (deliveries.status = 'queued' OR deliveries.reason = 'not_needed') ORDER BY deliveries.position);
    IF spared = '{}' THEN
      PERFORM @hurry_step(notification, reported.round);
      PERFORM @cover_failed(notification, reported);
      CONTINUE;
    END IF;
    UPDATE public.deliveries SET status = 'skipped', reason = 'not_needed', updated_at = clock_timestamp()
      WHERE deliveries.notification_id = notification.id AND deliveries.round = reported.round AND deliveries.position > reported.position
        AND deliveries.status = 'queued';
    rounds := rounds || jsonb_build_object('notificationId', notification.id, 'round', @plan_again(reported, spared),
      'urgency', @urgency(notification));
    PERFORM @put_on_record('delivery.take_over', 'ok', reported.territory_id, notification.id,
      jsonb_build_object('delivery_id', one, 'channels', spared));
  END LOOP;
  RETURN rounds;
END $$;
