-- One alert a problem: docs/decisions/0057-one-alert-a-problem.md.

-- Of the dedup key that a send came with, of its service and its territory: an HMAC. It names the problem until a later alert has it.
ALTER TABLE sends ADD COLUMN dedup_hash bytea;
-- The alert that it joined, in place of a notification of its own.
ALTER TABLE sends ADD COLUMN joined uuid;
-- The send that it corrects.
ALTER TABLE sends ADD COLUMN replaces uuid;
-- What happened to it on its way: its service said that the problem is over, or sent something in its place.
ALTER TABLE sends ADD COLUMN resolved_at timestamptz;
ALTER TABLE sends ADD COLUMN resolved_by text;
ALTER TABLE sends ADD COLUMN replaced_by uuid;

-- How often more it was sent, and when last; and the send whose text it shows, where that is not its own.
ALTER TABLE notifications ADD COLUMN repeats integer NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN repeated_at timestamptz;
ALTER TABLE notifications ADD COLUMN text_id uuid;
-- The round of deliveries with which it began, or began anew as its priority was raised. Its steps count from there.
ALTER TABLE notifications ADD COLUMN first_round integer NOT NULL DEFAULT 0;
-- The name of the service that said so, as it was then.
ALTER TABLE notifications ADD COLUMN resolved_at timestamptz;
ALTER TABLE notifications ADD COLUMN resolved_by text;
-- Both name notifications of the same inbox.
ALTER TABLE notifications ADD COLUMN replaces uuid;
ALTER TABLE notifications ADD COLUMN replaced_by uuid;
ALTER TABLE notifications ADD COLUMN replaced_at timestamptz;
