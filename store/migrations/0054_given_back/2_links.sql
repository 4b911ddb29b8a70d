-- When an admin took off what signs somebody in at the OpenID provider: from then on no email links them there, an invitation does.
ALTER TABLE users ADD identity_removed_at timestamptz;

-- A link that its person asked for, without being signed in. It ends no link that an admin made: anybody may ask for one.
ALTER TABLE invitations ADD reset boolean NOT NULL DEFAULT false;
-- Older nodes: they end every link of a person before they make one.
DROP INDEX invitations_open;
-- Older nodes: what they make is as an admin's.
CREATE UNIQUE INDEX invitations_open ON invitations (user_id, reset) WHERE over_at IS NULL;

-- Older nodes: their reasons are bounded by the API, as those of newer ones are before they are redacted, which may make them longer.
ALTER TABLE notifications DROP CONSTRAINT notifications_closed_reason_check;
