-- Two people of a schedule change one turn for another: offered by one, and nothing until the other one has accepted.
CREATE TABLE schedule_swaps (
  id uuid PRIMARY KEY,
  schedule_id uuid NOT NULL,
  territory_id text NOT NULL,
  -- Whose turn is "mine", and who is to take it for "theirs".
  proposer_id text NOT NULL REFERENCES users,
  colleague_id text NOT NULL REFERENCES users CHECK (colleague_id <> proposer_id),
  mine_starts_at timestamptz NOT NULL,
  mine_ends_at timestamptz NOT NULL CHECK (mine_ends_at > mine_starts_at),
  theirs_starts_at timestamptz NOT NULL,
  theirs_ends_at timestamptz NOT NULL CHECK (theirs_ends_at > theirs_starts_at),
  state text NOT NULL CHECK (state IN ('offered', 'accepted', 'declined', 'withdrawn')),
  -- Who made it: the proposer, or a supervisor, whose swaps are accepted as they are made.
  author_id text NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- From then on it can't be accepted.
  expires_at timestamptz NOT NULL,
  FOREIGN KEY (schedule_id, territory_id) REFERENCES schedules (id, territory_id)
);
CREATE INDEX schedule_swaps_open ON schedule_swaps (schedule_id, expires_at) WHERE state = 'offered';
CREATE INDEX schedule_swaps_territory ON schedule_swaps (territory_id);
CREATE INDEX schedule_swaps_proposer ON schedule_swaps (proposer_id);
CREATE INDEX schedule_swaps_colleague ON schedule_swaps (colleague_id);
CREATE INDEX schedule_swaps_author ON schedule_swaps (author_id);

ALTER TABLE schedule_swaps ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY member ON schedule_swaps FOR SELECT
  USING (public.actor_kind() = 'user' AND territory_id = ANY ((SELECT public.my_territories())::text[]));
CREATE POLICY swap ON schedule_swaps FOR INSERT WITH CHECK (
  public.actor_kind() = 'user' AND author_id = (SELECT public.actor_id()) AND state = 'accepted'
  AND territory_id = ANY ((SELECT public.supervised_territories())::text[]));
CREATE POLICY offer ON schedule_swaps FOR INSERT WITH CHECK (
  public.actor_kind() = 'user' AND author_id = (SELECT public.actor_id()) AND proposer_id = author_id AND state = 'offered'
  AND territory_id = ANY ((SELECT public.my_territories())::text[]));
-- Nobody accepts in another's name, and what was decided stays decided.
CREATE POLICY decide ON schedule_swaps FOR UPDATE
  USING (public.actor_kind() = 'user' AND state = 'offered' AND territory_id = ANY ((SELECT public.my_territories())::text[]))
  WITH CHECK (state IN ('accepted', 'declined') AND colleague_id = (SELECT public.actor_id())
    OR state = 'withdrawn' AND proposer_id = (SELECT public.actor_id()));
