-- Lets a send enter its recipient's inbox as an item of a digest: a notification of its own, without a number and without deliveries, that is shown in
-- the digest alone. The caller has locked the digest's send (open_digest).
--   pattern   the notification, with its digest
CREATE FUNCTION @enter_digest(pattern public.notifications) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.notifications (id, send_id, service_id, user_id, territory_id, category, priority, lane, title, message, redaction, status, seq,
    created_at, expires_at, digest)
  VALUES (pattern.send_id, pattern.send_id, pattern.service_id, pattern.user_id, pattern.territory_id, pattern.category, pattern.priority, pattern.lane,
    pattern.title, pattern.message, pattern.redaction, 'sent', 0, pattern.created_at, pattern.expires_at, pattern.digest);
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
  VALUES (pattern.send_id, pattern.user_id, pattern.territory_id, 'sent'), (pattern.send_id, pattern.user_id, pattern.territory_id, 'grouped');
END $$;
