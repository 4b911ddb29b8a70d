-- Answers that came by a channel outside, each taken once, however often its provider calls or its link is opened.
CREATE TABLE channel_answers (
  channel text NOT NULL,
  -- The provider's id of the answer; of a link, that of the delivery which had it.
  answer_id text NOT NULL CHECK (length(answer_id) <= 210),
  answer text NOT NULL CHECK (answer IN ('acknowledge', 'decline')),
  -- What it is an answer to, and whose; null where it fits nothing.
  notification_id uuid,
  user_id text,
  -- Null until that is done.
  outcome text CHECK (outcome ~ '^[a-z][a-z0-9_]{0,63}$'),
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (channel, answer_id)
);
ALTER TABLE channel_answers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY callback ON channel_answers USING (channel = (SELECT public.callback_channel()));

-- Whoever a provider says has answered is found by the address that the channel has of them.
CREATE POLICY callback ON contact_points FOR SELECT
  USING (channel = (SELECT public.callback_channel()) AND verified_at IS NOT NULL);
CREATE INDEX contact_points_address ON contact_points (channel, address);

-- When a mail program said that its person wants no more by email, until they set other wishes.
ALTER TABLE preferences ADD COLUMN unsubscribed_at timestamptz;
