-- Every delivery has a time. PostgreSQL is not to know it, since else it would find deliveries by an index of times that asks for one
-- (0039_due_deliveries) also for queries that do not.
ALTER TABLE deliveries ALTER COLUMN next_check_at DROP NOT NULL;
