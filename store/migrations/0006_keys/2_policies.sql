-- Two more actors:   rotation    wraps data keys under a new master key
--                    retention   destroys originals whose time is over

CREATE POLICY rotation ON secrets FOR SELECT USING ((SELECT actor_kind()) = 'rotation');
CREATE POLICY rewrap ON secrets FOR UPDATE USING ((SELECT actor_kind()) = 'rotation');
CREATE POLICY rotation ON second_factors FOR SELECT USING ((SELECT actor_kind()) = 'rotation');
CREATE POLICY rewrap ON second_factors FOR UPDATE USING ((SELECT actor_kind()) = 'rotation');
CREATE POLICY rotation ON sends FOR SELECT USING ((SELECT actor_kind()) = 'rotation' AND shredded_at IS NULL);
CREATE POLICY rewrap ON sends FOR UPDATE USING ((SELECT actor_kind()) = 'rotation' AND shredded_at IS NULL);

-- What has not been persisted is out of reach: nobody could be shown it any more.
CREATE POLICY retention ON territories FOR SELECT USING ((SELECT actor_kind()) = 'retention');
CREATE POLICY retention ON sends FOR SELECT USING ((SELECT actor_kind()) = 'retention' AND status <> 'accepted');
CREATE POLICY shred ON sends FOR UPDATE
  USING ((SELECT actor_kind()) = 'retention' AND status <> 'accepted' AND shredded_at IS NULL)
  WITH CHECK ((SELECT actor_kind()) = 'retention' AND shredded_at IS NOT NULL);
CREATE POLICY retention ON notifications FOR SELECT USING ((SELECT actor_kind()) = 'retention');
CREATE POLICY retention ON deliveries FOR SELECT USING ((SELECT actor_kind()) = 'retention');
