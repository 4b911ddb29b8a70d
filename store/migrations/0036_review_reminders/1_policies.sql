-- The part of the program that reminds reviewers sees which emergency accesses wait for them.
CREATE POLICY reminds ON emergency_accesses FOR SELECT USING (actor_kind() = 'relay' AND reviewed_at IS NULL);
