CREATE POLICY supervisor ON troubles FOR SELECT
  USING (territory_id = ANY ((SELECT supervised_territories())::text[]));
-- For administrators, who see ids alone, and for the command.
CREATE POLICY failed ON deliveries FOR SELECT USING ((SELECT actor_kind()) = 'relay' AND status = 'failed');
