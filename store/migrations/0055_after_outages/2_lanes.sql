-- Who looks for unfinished deliveries of one lane walks past no other's.
ALTER TABLE deliveries ADD COLUMN due_lane text NOT NULL DEFAULT 'ordinary';

CREATE FUNCTION public.stamp_due_lane() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.due_lane := coalesce((SELECT lane FROM public.notifications WHERE id = NEW.notification_id), 'ordinary');
  RETURN NEW;
END $$;
CREATE TRIGGER stamp_due_lane BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION public.stamp_due_lane();

ALTER TABLE notifications NO FORCE ROW LEVEL SECURITY;
ALTER TABLE deliveries NO FORCE ROW LEVEL SECURITY;
UPDATE deliveries SET due_lane = notifications.lane FROM notifications
  -- The time is compared for the index of those that are due: the table is held, and must not be read whole.
  WHERE notifications.id = notification_id AND lane <> 'ordinary' AND deliveries.status IN ('queued', 'claimed')
    AND deliveries.next_check_at > '-infinity';
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
ALTER TABLE deliveries FORCE ROW LEVEL SECURITY;
