ALTER TABLE redaction_examples ENABLE ROW LEVEL SECURITY;
ALTER TABLE redaction_examples FORCE ROW LEVEL SECURITY;

-- Supervisors give examples of their territories in their own name; admins see and remove them all.
CREATE POLICY give ON redaction_examples FOR INSERT WITH CHECK (
  territory_id = ANY ((SELECT supervised_territories())::text[])
  AND user_id = (SELECT actor_id()) AND (SELECT actor_kind()) = 'user');
CREATE POLICY admin ON redaction_examples FOR SELECT USING ((SELECT has_role('admin')));
CREATE POLICY remove ON redaction_examples FOR DELETE USING ((SELECT has_role('admin')));

-- They go when the originals of their time go.
CREATE POLICY retention ON redaction_examples FOR SELECT USING ((SELECT actor_kind()) = 'retention');
CREATE POLICY shred ON redaction_examples FOR DELETE USING ((SELECT actor_kind()) = 'retention');
CREATE POLICY rotation ON redaction_examples FOR SELECT USING ((SELECT actor_kind()) = 'rotation');
CREATE POLICY rewrap ON redaction_examples FOR UPDATE USING ((SELECT actor_kind()) = 'rotation');
