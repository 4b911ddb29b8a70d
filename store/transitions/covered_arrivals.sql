-- The arrivals of one person's send as they stand now: the person's, and a copy for whoever covers them, where that is still so and the send is not over.
-- Where nobody covers them any more, the person's has the channels that were left out.
CREATE FUNCTION @covered_arrivals(send public.sends, arrivals jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF jsonb_array_length(arrivals) < 2 THEN RETURN arrivals; END IF;
  IF @cover_of(send.user_id)->>'userId' IS DISTINCT FROM arrivals->1->>'userId' THEN
    RETURN jsonb_build_array(@uncovered(arrivals->0));
  END IF;
  IF send.expires_at <= clock_timestamp() OR send.resolved_at IS NOT NULL OR send.replaced_by IS NOT NULL THEN
    RETURN jsonb_build_array(arrivals->0);
  END IF;
  RETURN arrivals;
END $$;
