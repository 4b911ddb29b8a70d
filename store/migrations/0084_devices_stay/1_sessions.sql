-- A session whose time is over is closed by a loop, which ends nothing on its device: only a session that was still good can be ended by somebody.
-- What ends all sessions of a person takes their devices along by itself (endSessions), those of sessions that ran out before too.
-- Older nodes: their loops close sessions as before, which now takes no device along.
DROP TRIGGER forget_devices ON sessions;
CREATE TRIGGER forget_devices AFTER UPDATE OF revoked_at ON sessions
  FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND NEW.idle_until > NEW.revoked_at) EXECUTE FUNCTION public.forget_devices();
