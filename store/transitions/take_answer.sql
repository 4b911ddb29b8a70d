-- Finds what a person answered by a channel outside, and keeps that: the same answer finds the same thing, however often it comes. By an address and the code in an
-- alert's message, it is that alert. Without the code it is the one open alert that was sent there within a day; where several are open, or what they heard of last
-- ended a short while ago, the answer may be to another one, and does nothing. Nor does it where two active people have the address. Nobody answers where they were
-- disabled, or are of the territory no more; by a link they do once they are back.
--   provider, delivery, address   one of them: the provider's id of a delivery, the delivery's own, or the channel's address of the person
--   code           that of an alert, as answer_code makes it; null: none was given
--   notification   that of the delivery, where a link names both; null where a provider names it
-- Answers {outcome, answer, userId, id}: the answer that came first, and the outcome of before; else null where there is something to answer, or "unknown", "ambiguous" or "not_reachable".
CREATE FUNCTION @take_answer(channel text, answer_id text, answer text, provider text, delivery uuid, address text, code integer, notification uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  kept public.channel_answers;
  people text[];
  person text;
  territory text;
  active text[] := '{}';
  found uuid[];
  newest timestamptz;
  problems integer;
  why text;
BEGIN
  PERFORM set_config('app.actor', 'callback:' || channel, true);
  PERFORM pg_advisory_xact_lock(hashtextextended(channel || ' answer ' || answer_id, 1));
  SELECT * INTO kept FROM public.channel_answers WHERE channel_answers.channel = take_answer.channel AND channel_answers.answer_id = take_answer.answer_id;
  IF kept.channel IS NULL OR address IS NULL AND kept.outcome = 'not_reachable' THEN
    IF address IS NULL THEN
      -- A provider names only what it took.
      IF notification IS NOT NULL THEN PERFORM set_config('app.actor', 'worker:' || notification, true); END IF;
      SELECT array_agg(deliveries.notification_id), min(deliveries.user_id), min(deliveries.territory_id) INTO found, person, territory FROM public.deliveries
        WHERE deliveries.channel = take_answer.channel AND CASE WHEN delivery IS NULL THEN deliveries.provider_id = provider ELSE deliveries.id = delivery END;
      IF person IS NOT NULL THEN PERFORM set_config('app.actor', 'user:' || person, true); END IF;
      why := CASE WHEN found IS NULL THEN 'unknown' WHEN cardinality(found) > 1 THEN 'ambiguous'
        WHEN NOT public.is_active(person, territory) THEN 'not_reachable' END;
      PERFORM set_config('app.actor', 'callback:' || channel, true);
    ELSE
      people := ARRAY(SELECT contact_points.user_id FROM public.contact_points
        WHERE contact_points.channel = take_answer.channel AND contact_points.address = take_answer.address);
      FOREACH person IN ARRAY people LOOP
        PERFORM set_config('app.actor', 'user:' || person, true);
        IF EXISTS (SELECT FROM public.memberships WHERE memberships.user_id = person AND memberships.active) THEN active := active || person; END IF;
      END LOOP;
      PERFORM set_config('app.actor', 'callback:' || channel, true);
      person := active[1];
      why := CASE WHEN cardinality(people) = 0 THEN 'unknown' WHEN cardinality(active) = 0 THEN 'not_reachable' WHEN cardinality(active) > 1 THEN 'ambiguous' END;
      IF why IS NULL THEN
        PERFORM set_config('app.actor', 'user:' || person, true);
        SELECT array_agg(sent.id ORDER BY sent.at DESC), count(DISTINCT sent.root), max(sent.at) INTO found, problems, newest FROM (
          SELECT alert.id, coalesce(alert.escalated_from, alert.id) AS root,
            (SELECT max(told.updated_at) FROM public.deliveries AS told WHERE told.notification_id = alert.id AND told.channel = take_answer.channel
              AND told.stand_down IS NULL AND told.status IN ('claimed', 'accepted', 'delivered', 'unknown')) AS at
          FROM public.notifications AS alert WHERE alert.user_id = person AND alert.created_at > clock_timestamp() - interval '7 days'
            AND (alert.priority = 'critical' OR alert.escalation IS NOT NULL OR alert.escalated_from IS NOT NULL)
            AND CASE WHEN code IS NULL THEN alert.status IN ('sent', 'delivered', 'read')
                AND coalesce(alert.declined_at, alert.resolved_at, alert.replaced_at, alert.closed_at) IS NULL
              ELSE @answer_code(alert.id) = code END
            AND public.is_active(person, alert.territory_id)) AS sent
        WHERE sent.at > clock_timestamp() - interval '1 day';
        why := CASE WHEN found IS NULL THEN 'unknown' WHEN problems > 1 THEN 'ambiguous' WHEN code IS NOT NULL THEN NULL
          -- What the person heard of last is over, by somebody else, since so lately that they may not know it, or had not when they wrote.
          WHEN EXISTS (SELECT FROM public.notifications AS alert, LATERAL (SELECT max(told.updated_at) AS at FROM public.deliveries AS told
              WHERE told.notification_id = alert.id AND told.channel = take_answer.channel AND told.status IN ('claimed', 'accepted', 'delivered', 'unknown')) AS told
            WHERE alert.user_id = person AND alert.created_at > clock_timestamp() - interval '7 days'
              AND (alert.priority = 'critical' OR alert.escalation IS NOT NULL OR alert.escalated_from IS NOT NULL)
              AND alert.acknowledged_by IS DISTINCT FROM person AND alert.declined_at IS NULL AND alert.dismissed_at IS NULL
              AND (alert.status IN ('expired', 'cancelled') OR coalesce(alert.acknowledged_at, alert.resolved_at, alert.replaced_at, alert.closed_at) IS NOT NULL)
              AND (told.at > newest OR newest > clock_timestamp() - interval '2 minutes')
              AND greatest(told.at, alert.acknowledged_at, alert.resolved_at, alert.replaced_at, alert.closed_at) > clock_timestamp() - interval '10 minutes')
            THEN 'ambiguous' END;
        PERFORM set_config('app.actor', 'callback:' || channel, true);
      END IF;
    END IF;
    IF why IS NOT NULL THEN
      PERFORM @put_on_record('channel.answer', 'denied', NULL, NULL, jsonb_build_object('channel', channel, 'reason', why));
      -- The provider's id of a delivery may be written only now: the same answer finds it when it comes again.
      IF address IS NULL AND why = 'unknown' THEN RETURN '{"outcome": "unknown"}'; END IF;
    END IF;
    INSERT INTO public.channel_answers (channel, answer_id, answer, notification_id, user_id, outcome)
    VALUES (channel, answer_id, answer, CASE WHEN why IS NULL THEN found[1] END, CASE WHEN why IS NULL THEN person END, why)
    ON CONFLICT ON CONSTRAINT channel_answers_pkey DO UPDATE
      SET answer = EXCLUDED.answer, notification_id = EXCLUDED.notification_id, user_id = EXCLUDED.user_id, outcome = EXCLUDED.outcome RETURNING * INTO kept;
  END IF;
  RETURN jsonb_build_object('outcome', kept.outcome, 'answer', kept.answer, 'userId', kept.user_id, 'id', kept.notification_id);
END $$;
