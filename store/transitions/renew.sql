-- Lets an attempt that is still at work keep its delivery. Answers false when the delivery is not its own any more.
CREATE FUNCTION @renew(actor text, delivery_id uuid, attempt integer, lease interval) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.actor', renew.actor, true);
  UPDATE public.deliveries SET lease_until = clock_timestamp() + renew.lease,
    next_check_at = clock_timestamp() + renew.lease + interval '5 seconds'
  WHERE id = renew.delivery_id AND attempts = renew.attempt AND status = 'claimed';
  RETURN FOUND;
END $$;
