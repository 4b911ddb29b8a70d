-- Lets a send enter its recipient's inbox, or a broadcast the inboxes of a page of people. A repeated call writes nothing twice. A send
-- whose time is over arrives expired, and escalates to nobody. Of a broadcast, one alert for all has the step that is due next, not each
-- person's notification.
--   content    {title, message, redaction, escalation, firstStepSeconds}: the redacted text, and the rules by which it escalates
--   arrivals   as enter takes them
--   last       of a broadcast: whether this is its last page
-- Answers {changes, work}, work as work_left answers it; of a broadcast, none before its last page.
CREATE FUNCTION @arrive(send_id uuid, content jsonb, arrivals jsonb, last boolean) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  send public.sends;
  pattern public.notifications;
  changes jsonb := '[]';
  redacted bigint;
  no_work CONSTANT jsonb := jsonb_build_object('groups', '[]'::jsonb, 'nextMs', NULL);
BEGIN
  PERFORM set_config('app.actor', 'worker:' || arrive.send_id, true);
  SELECT * INTO send FROM public.sends WHERE sends.id = arrive.send_id FOR NO KEY UPDATE;
  IF send.id IS NULL OR send.status = 'cancelled' THEN
    RETURN jsonb_build_object('changes', changes, 'work', no_work);
  END IF;
  IF send.status = 'accepted' THEN
    pattern.send_id := send.id;
    pattern.service_id := send.service_id;
    pattern.territory_id := send.territory_id;
    pattern.category := send.category;
    pattern.priority := send.priority;
    pattern.lane := send.lane;
    pattern.title := content->>'title';
    pattern.message := content->>'message';
    pattern.redaction := content->'redaction';
    pattern.read_back := send.read_back;
    pattern.expires_at := send.expires_at;
    pattern.created_at := coalesce(send.send_at, send.created_at);
    pattern.status := CASE WHEN send.expires_at <= clock_timestamp() THEN 'expired' ELSE 'sent' END;
    IF pattern.status = 'sent' AND content->'escalation' <> 'null' THEN
      pattern.escalation := content->'escalation';
      pattern.next_step_at := clock_timestamp() + make_interval(secs => (content->>'firstStepSeconds')::integer);
    END IF;
    IF send.user_id IS NULL AND pattern.next_step_at IS NOT NULL THEN
      INSERT INTO public.notifications (id, send_id, service_id, territory_id, category, priority, lane, title, message, redaction, status,
        seq, created_at, expires_at, escalation, next_step_at, recipients, acknowledged)
      VALUES (send.id, send.id, send.service_id, send.territory_id, send.category, send.priority, send.lane, pattern.title,
        pattern.message, pattern.redaction, 'sent', 0, pattern.created_at, pattern.expires_at, pattern.escalation, pattern.next_step_at, 0, 0)
      ON CONFLICT (id) DO NOTHING;
      pattern.next_step_at := NULL;
    END IF;
    IF send.user_id IS NOT NULL THEN
      INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status, at)
      VALUES (send.id, send.user_id, send.territory_id, 'accepted', send.created_at);
    END IF;
    changes := @enter(pattern, arrivals);
    UPDATE public.sends SET persisted = sends.persisted + jsonb_array_length(changes),
      status = CASE WHEN send.user_id IS NOT NULL OR last THEN 'persisted' ELSE 'accepted' END
    WHERE sends.id = send.id;
    redacted := (SELECT coalesce(sum(value::integer), 0) FROM jsonb_each_text(pattern.redaction->'counts'));
    IF send.user_id IS NOT NULL THEN
      PERFORM @put_on_record('notification.persist', 'ok', send.territory_id, send.id,
        jsonb_build_object('seq', (changes->0->>'seq')::bigint, 'redacted', redacted)) WHERE changes <> '[]';
    ELSE
      PERFORM @put_each_on_record('notification.persist', 'ok', send.territory_id, array_agg((change->>'id')::uuid),
        array_agg(jsonb_build_object('seq', (change->>'seq')::bigint, 'redacted', redacted))) FROM jsonb_array_elements(changes) AS change
      HAVING count(*) > 0;
    END IF;
  END IF;
  RETURN jsonb_build_object('changes', changes, 'work', CASE WHEN send.user_id IS NOT NULL OR last THEN @work_left(send.id) ELSE no_work END);
END $$;
