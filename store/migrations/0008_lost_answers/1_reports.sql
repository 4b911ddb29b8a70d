-- A provider that hands our delivery's id back names one whose answer, and with it the provider's id, was lost.
ALTER TABLE early_reports ADD COLUMN delivery_id uuid;
CREATE INDEX early_reports_delivery ON early_reports (delivery_id) WHERE delivery_id IS NOT NULL;

ALTER POLICY callback ON deliveries
  USING (channel = callback_channel() AND (provider_id IS NOT NULL OR status = 'unknown'));
ALTER POLICY callback_report ON deliveries
  USING (channel = callback_channel() AND (provider_id IS NOT NULL OR status = 'unknown'));
ALTER POLICY worker ON early_reports USING (actor_kind() = 'worker' AND EXISTS (SELECT FROM deliveries
  WHERE deliveries.channel = early_reports.channel
    AND (deliveries.provider_id = early_reports.provider_id OR deliveries.id = early_reports.delivery_id)));
