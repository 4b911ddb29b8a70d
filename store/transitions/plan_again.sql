-- Plans deliveries once more, in the place of one and in a round of their own, by some channels in that order. Escalation counts its
-- rounds from 1, at most one every 10 minutes in the end, so it never gets as far as these. The caller holds the family's lock, so that
-- no round is begun twice. Answers the round.
CREATE FUNCTION @plan_again(former public.deliveries, channels text[]) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  next_round integer;
BEGIN
  next_round := greatest(1000000, (SELECT max(deliveries.round) + 1 FROM public.deliveries
    WHERE deliveries.notification_id = former.notification_id));
  INSERT INTO public.deliveries (id, notification_id, user_id, territory_id, channel, position, round, status, redelivery_of)
  SELECT gen_random_uuid(), former.notification_id, former.user_id, former.territory_id, channel, place - 1, next_round, 'queued', former.id
  FROM unnest(channels) WITH ORDINALITY AS planned (channel, place);
  INSERT INTO public.delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, reason)
  SELECT deliveries.notification_id, deliveries.id, deliveries.user_id, deliveries.territory_id, deliveries.channel, deliveries.status,
    CASE WHEN deliveries.channel = former.channel THEN 'redelivery' ELSE 'takes_over' END
  FROM public.deliveries WHERE deliveries.notification_id = former.notification_id AND deliveries.round = next_round
  ORDER BY deliveries.position;
  RETURN next_round;
END $$;
