-- Appends an event to the audit record as the actor of the transaction, and fails the transaction where the row was not written as given.
CREATE FUNCTION @put_on_record(action text, outcome text, territory text, object uuid, payload jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  written public.audit_events;
BEGIN
  INSERT INTO public.audit_events (actor, action, outcome, territory_id, object_id, payload)
  VALUES (current_setting('app.actor'), put_on_record.action, put_on_record.outcome, put_on_record.territory,
    put_on_record.object, put_on_record.payload)
  RETURNING * INTO written;
  IF (written.actor, written.action, written.outcome, written.territory_id, written.object_id, written.payload)
      IS DISTINCT FROM (current_setting('app.actor'), put_on_record.action, put_on_record.outcome, put_on_record.territory,
        put_on_record.object::text, put_on_record.payload)
    OR written.leaf IS DISTINCT FROM public.audit_leaf(written) THEN
    RAISE EXCEPTION 'the audit record did not take an event as it was given; run npm run audit:verify' USING ERRCODE = 'TC001';
  END IF;
END $$;
