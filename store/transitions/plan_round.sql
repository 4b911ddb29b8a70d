-- Plans a round of deliveries for each of some notifications of a territory, unless it is planned already, and puts on their timelines
-- which deliveries are not made, and which wishes are passed over. The notifications are there.
--   arrivals   [{id, userId, deliveries: [{id, channel, skip, holdUntil, heldBy, overridden, parallel}]}], channels in their order
--              held by the wishes `heldBy`, and by no others: where they have changed since, the attempt judges anew
--   ended      the reason why none of them is made; null where each goes by its own plan
CREATE FUNCTION @plan_round(arrivals jsonb, territory text, round integer, ended text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  held CONSTANT text[] := ARRAY(SELECT arrival->>'userId' FROM jsonb_array_elements(arrivals) AS arrival WHERE jsonb_path_exists(arrival, '$.deliveries[*] ? (@.holdUntil != null)'));
  unaddressed CONSTANT text[] := ARRAY(SELECT arrival->>'userId' FROM jsonb_array_elements(arrivals) AS arrival WHERE jsonb_path_exists(arrival, '$.deliveries[*] ? (@.skip == "no_address")'));
  present text[];
BEGIN
  IF held <> '{}' THEN PERFORM @share_wishes(held); END IF;
  -- Whose territory it is not any more has no address that it sees.
  IF unaddressed <> '{}' THEN present := @active_among(unaddressed, plan_round.territory); END IF;
  WITH planned AS (
    SELECT (arrival->>'id')::uuid AS notification_id, arrival->>'userId' AS user_id, (one->>'id')::uuid AS id,
      one->>'channel' AS channel, place - 1 AS position, coalesce(ended, CASE WHEN one->>'skip' = 'no_address' AND arrival->>'userId' <> ALL (present) THEN 'not_reachable' ELSE one->>'skip' END) AS skip,
      CASE WHEN one->>'holdUntil' IS NOT NULL AND one->'heldBy' = coalesce((SELECT settings FROM public.preferences WHERE user_id = arrival->>'userId'), 'null')
        THEN (one->>'holdUntil')::timestamptz END AS hold_until, one->>'overridden' AS overridden,
      coalesce((one->>'parallel')::boolean, false) AS parallel
    FROM jsonb_array_elements(arrivals) AS arrival
      CROSS JOIN LATERAL jsonb_array_elements(arrival->'deliveries') WITH ORDINALITY AS deliveries (one, place)),
  inserted AS (
    INSERT INTO public.deliveries (id, notification_id, user_id, territory_id, channel, position, round, status, reason, hold_until,
      next_check_at, parallel)
    SELECT id, notification_id, user_id, plan_round.territory, channel, position, plan_round.round,
      CASE WHEN skip IS NULL THEN 'queued' ELSE 'skipped' END, coalesce(skip, CASE WHEN hold_until IS NOT NULL THEN 'quiet_hours' END),
      hold_until, coalesce(hold_until, clock_timestamp()) + interval '10 seconds', parallel
    FROM planned ON CONFLICT (notification_id, channel, round) DO NOTHING
    RETURNING id)
  INSERT INTO public.delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, reason)
  SELECT planned.notification_id, planned.id, planned.user_id, plan_round.territory, planned.channel, told.status, told.reason
  FROM planned JOIN inserted USING (id) CROSS JOIN LATERAL (VALUES
    (CASE WHEN skip IS NOT NULL THEN 'skipped' END, skip),
    (CASE WHEN skip IS NULL AND planned.hold_until IS NOT NULL THEN 'held' END, 'quiet_hours'),
    (CASE WHEN overridden IS NOT NULL THEN 'overridden' END, overridden)) AS told (status, reason)
  WHERE told.status IS NOT NULL;
END $$;
