-- PostgreSQL asks a table's policies from the last name to the first, until one says yes. So those that say yes to most, and to what a send
-- does, come last by name: a recipient's before a supervisor's, and the one by which an author sees an event before the auditor's.
-- Older nodes: they name no policy.
ALTER POLICY recipient ON notifications RENAME TO to_recipient;
-- Older nodes: the same.
ALTER POLICY recipient ON deliveries RENAME TO to_recipient;
-- Older nodes: the same.
ALTER POLICY recipient ON delivery_events RENAME TO to_recipient;
-- Older nodes: the same.
ALTER POLICY actor ON audit_events RENAME TO written;
