-- How long the next channel of a delivery's round waits, in ms, counted from the delivery's last change; null where no further channel
-- waits for its attempt, or another attempt is at work or is to come at a set time.
CREATE FUNCTION @next_channel_ms(delivery public.deliveries, urgency text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wait integer;
  since timestamptz := delivery.updated_at;
BEGIN
  IF delivery.status = 'claimed' OR delivery.status = 'queued' AND delivery.hold_until > clock_timestamp() OR NOT EXISTS (SELECT FROM public.deliveries AS behind WHERE behind.notification_id = delivery.notification_id
      AND behind.round = delivery.round AND behind.position > delivery.position AND behind.status IN ('queued', 'claimed')) THEN
    RETURN NULL;
  END IF;
  IF delivery.status NOT IN ('queued', 'accepted', 'delivered') THEN RETURN 0; END IF;
  wait := @beside_ms(delivery.territory_id, urgency);
  IF delivery.status = 'queued' THEN
    since := delivery.retry_since;
    wait := least(wait, 60000);
  ELSIF urgency <> 'critical' THEN
    wait := 30000;
  END IF;
  RETURN greatest(0, wait - extract(epoch FROM clock_timestamp() - since) * 1000)::bigint;
END $$;
