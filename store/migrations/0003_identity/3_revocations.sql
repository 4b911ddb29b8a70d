-- The row's fields are read by name: one trigger function serves tables that don't share them.
CREATE OR REPLACE FUNCTION announce_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
BEGIN
  PERFORM pg_notify('tocsin_revoked', CASE TG_TABLE_NAME
    WHEN 'sessions' THEN json_build_object('sessionId', was->'id')
    WHEN 'memberships' THEN json_build_object('userId', was->'user_id')
    ELSE json_build_object('userId', was->'id') END::text);
  RETURN NULL;
END $$;
