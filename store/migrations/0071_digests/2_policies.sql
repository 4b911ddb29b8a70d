-- The worker of a digest reaches its items, and so does a provider that reports on one.
CREATE POLICY digest_items ON notifications USING (digest = public.worker_notification());
CREATE POLICY callback_items ON notifications FOR SELECT
  USING (digest IS NOT NULL AND public.callback_channel() IS NOT NULL AND public.callback_reaches(digest));
CREATE POLICY callback_items_report ON notifications FOR UPDATE
  USING (digest IS NOT NULL AND public.callback_channel() IS NOT NULL AND public.callback_reaches(digest));

-- Whether a digest has an item that the actor sees.
CREATE FUNCTION public.reaches_items(digest uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.notifications WHERE notifications.digest = reaches_items.digest);
END $$;
-- A service sees how its items were brought there.
CREATE POLICY service_items ON deliveries FOR SELECT USING (public.actor_kind() = 'service' AND public.reaches_items(notification_id));
CREATE POLICY service_items ON delivery_events FOR SELECT USING (public.actor_kind() = 'service' AND public.reaches_items(notification_id));
