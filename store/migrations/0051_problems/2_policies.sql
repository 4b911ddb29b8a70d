-- Whoever has an alert may read the original of what joined it.
ALTER POLICY recipient ON sends USING (
  actor_kind() = 'user' AND territory_id = ANY ((SELECT my_territories())::text[]) AND (received(id) OR joined IS NOT NULL AND received(joined)));
ALTER POLICY emergency ON sends USING (
  actor_kind() = 'emergency' AND (emergency_reads(id) OR joined IS NOT NULL AND emergency_reads(joined)));
