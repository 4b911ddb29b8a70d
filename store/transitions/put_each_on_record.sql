-- Does for each of some objects what put_on_record does for one.
--   payloads   in the order of the objects
CREATE FUNCTION @put_each_on_record(action text, outcome text, territory text, objects uuid[], payloads jsonb[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  author CONSTANT text := current_setting('app.actor');
  as_given integer;
  in_all integer;
BEGIN
  WITH given AS (
    SELECT object::text, payload FROM unnest(put_each_on_record.objects, put_each_on_record.payloads) AS given (object, payload)),
  written AS (
    INSERT INTO public.audit_events (actor, action, outcome, territory_id, object_id, payload)
    SELECT author, put_each_on_record.action, put_each_on_record.outcome, put_each_on_record.territory, object, payload FROM given
    RETURNING *)
  SELECT count(given.object), count(*) INTO as_given, in_all FROM written LEFT JOIN given ON written.object_id = given.object
    AND (written.actor, written.action, written.outcome, written.territory_id, written.object_id, written.payload)
        IS NOT DISTINCT FROM (author, put_each_on_record.action, put_each_on_record.outcome, put_each_on_record.territory,
          given.object, given.payload)
    AND written.leaf = public.audit_leaf(written);
  IF as_given <> cardinality(put_each_on_record.objects) OR in_all <> as_given THEN
    RAISE EXCEPTION 'the audit record did not take an event as it was given; run npm run audit:verify' USING ERRCODE = 'TC001';
  END IF;
END $$;
