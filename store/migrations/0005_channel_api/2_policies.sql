-- One more actor:   callback:<channel>   what a channel's provider reports about what it was given

ALTER TABLE contact_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE early_reports ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE FUNCTION callback_channel() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT CASE WHEN actor_kind() = 'callback' THEN actor_id() END $$;

-- Not SQL: it must not be inlined, or the policies of the two tables would refer to each other.
CREATE FUNCTION callback_reaches(id uuid) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN EXISTS (SELECT FROM deliveries
    WHERE notification_id = callback_reaches.id AND channel = callback_channel() AND provider_id IS NOT NULL);
END $$;

CREATE POLICY self ON contact_codes USING ((SELECT actor_kind()) = 'user' AND user_id = (SELECT actor_id()));

CREATE POLICY callback ON deliveries FOR SELECT
  USING (channel = (SELECT callback_channel()) AND provider_id IS NOT NULL);
CREATE POLICY callback_report ON deliveries FOR UPDATE
  USING (channel = (SELECT callback_channel()) AND provider_id IS NOT NULL);
CREATE POLICY callback ON notifications FOR SELECT
  USING ((SELECT callback_channel()) IS NOT NULL AND callback_reaches(id));
CREATE POLICY callback_report ON notifications FOR UPDATE
  USING ((SELECT callback_channel()) IS NOT NULL AND callback_reaches(id));
CREATE POLICY callback ON delivery_events FOR INSERT
  WITH CHECK (channel = (SELECT callback_channel()) AND callback_reaches(notification_id));
CREATE POLICY callback ON early_reports USING (channel = (SELECT callback_channel()));
CREATE POLICY worker ON early_reports USING ((SELECT actor_kind()) = 'worker' AND EXISTS (SELECT FROM deliveries
  WHERE deliveries.channel = early_reports.channel AND deliveries.provider_id = early_reports.provider_id));

-- Supervisors deliver again, under a new delivery and in a round of its own: escalation counts its rounds from 1.
CREATE POLICY redeliver ON deliveries FOR INSERT WITH CHECK (
  redelivery_of IS NOT NULL AND round >= 1000 AND status = 'queued' AND provider_id IS NULL
  AND territory_id = ANY ((SELECT supervised_territories())::text[]));
CREATE POLICY redeliver ON delivery_events FOR INSERT WITH CHECK (
  delivery_id IS NOT NULL AND status = 'queued' AND territory_id = ANY ((SELECT supervised_territories())::text[]));
