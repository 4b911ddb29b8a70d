-- By which an answer names an alert among others: three digits, those of channels/answer-code.ts.
CREATE FUNCTION @answer_code(notification uuid) RETURNS integer
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN ('x' || right(notification::text, 7))::bit(28)::integer % 900 + 100;
END $$;
