-- By a plugin's channel people were told of everything once they had confirmed an address; from now on only who asks for it. Who has one, and has set no
-- wish that counts for it, keeps what they have: to say so is their own wish, which they can take back. Older nodes do with it what they did without.
ALTER TABLE preferences NO FORCE ROW LEVEL SECURITY;
ALTER TABLE contact_points NO FORCE ROW LEVEL SECURITY;
INSERT INTO preferences AS wishes (user_id, settings)
  SELECT user_id, jsonb_build_object('wanted', jsonb_build_object('all', jsonb_object_agg(channel, true)))
  FROM contact_points WHERE verified_at IS NOT NULL AND channel NOT IN ('websocket', 'email', 'sms', 'push')
  GROUP BY user_id
ON CONFLICT (user_id) DO UPDATE SET settings = wishes.settings || jsonb_build_object('wanted', coalesce(wishes.settings->'wanted', '{}')
    || jsonb_build_object('all', (excluded.settings->'wanted'->'all') || coalesce(wishes.settings->'wanted'->'all', '{}')))
  WHERE wishes.settings->'wanted'->'all'->'all' IS NULL;
ALTER TABLE contact_points FORCE ROW LEVEL SECURITY;
ALTER TABLE preferences FORCE ROW LEVEL SECURITY;
