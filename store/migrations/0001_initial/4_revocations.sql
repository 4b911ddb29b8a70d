-- Tells every node at commit that a session ended or somebody lost a role, so that it can close the sockets that
-- lived on it. Works for changes made by hand too, and with Redis away.
CREATE FUNCTION announce_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('tocsin_revoked', CASE TG_TABLE_NAME
    WHEN 'sessions' THEN json_build_object('sessionId', OLD.id)
    WHEN 'memberships' THEN json_build_object('userId', OLD.user_id)
    ELSE json_build_object('userId', OLD.id) END::text);
  RETURN NULL;
END $$;

CREATE TRIGGER announce AFTER UPDATE OF revoked_at, expires_at OR DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION announce_revocation();
CREATE TRIGGER announce AFTER UPDATE OR DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION announce_revocation();
CREATE TRIGGER announce AFTER UPDATE OF disabled_at ON users FOR EACH ROW EXECUTE FUNCTION announce_revocation();
