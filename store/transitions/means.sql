-- What the record says of how a person did something: by which subject token of which service, for the actor set before; nothing for null.
CREATE FUNCTION @means(token uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF token IS NULL THEN RETURN '{}'; END IF;
  RETURN (SELECT jsonb_build_object('means', 'subject_token', 'subject_token', id, 'service_id', service_id) FROM public.subject_tokens WHERE id = token);
END $$;
