-- Whoever is named to be told of something, other than by a directory's groups: one rule for all the ways there are. A directory moves none of
-- them, since whoever has its token would come to read what is meant for them. store/policies.test.ts holds it to the tables.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['calendar_shifts', 'schedule_swaps', 'availability', 'escalation_policies'] LOOP
    EXECUTE format($policy$CREATE POLICY scim_reads ON public.%I FOR SELECT
      USING (public.actor_kind() = 'scim' AND (SELECT public.is_scim()))$policy$, name);
  END LOOP;
END $$;

-- Whether rules of escalation have a step that tells somebody by name.
CREATE FUNCTION public.names_in_steps(rules jsonb, person text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM jsonb_array_elements(rules->'steps') AS step WHERE step->'to'->>'user_id' = person);
END $$;

-- Each statement looks anew: who was named while the move waited for its turn counts.
CREATE FUNCTION public.is_named(person text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  me text := current_setting('app.actor');
  found_one boolean;
BEGIN
  IF EXISTS (SELECT FROM public.memberships AS held WHERE held.user_id = person AND NOT EXISTS (
      SELECT FROM public.scim_memberships AS given
      WHERE given.user_id = person AND given.territory_id = held.territory_id AND given.role = held.role))
    OR EXISTS (SELECT FROM public.pending_changes WHERE over_at IS NULL AND expires_at > now() AND (
      kind = 'person' AND subject_id = person
      OR change->'settings'->'last_resort'->'to'->>'user_id' = person
      OR change->'settings'->'privacy_officer'->>'to' = person))
    OR EXISTS (SELECT FROM public.topic_members WHERE topic_members.user_id = person AND by_hand)
    OR EXISTS (SELECT FROM public.schedule_overrides
      WHERE schedule_overrides.user_id = person AND schedule_overrides.deleted_at IS NULL AND ends_at > now())
    OR EXISTS (SELECT FROM public.schedules WHERE schedules.deleted_at IS NULL AND (fallback->>'user_id' = person
      OR EXISTS (SELECT FROM jsonb_array_elements(layers) AS layer WHERE jsonb_exists(layer->'people', person))))
    OR EXISTS (SELECT FROM public.calendar_shifts WHERE calendar_shifts.user_id = person AND ends_at > now())
    OR EXISTS (SELECT FROM public.schedule_swaps
      WHERE state = 'offered' AND expires_at > now() AND (colleague_id = person OR proposer_id = person))
    OR EXISTS (SELECT FROM public.availability WHERE delegate_id = person AND until > now())
    OR EXISTS (SELECT FROM public.escalation_policies
      WHERE escalation_policies.deleted_at IS NULL AND public.names_in_steps(rules, person))
    -- What came to them already they alone are to read.
    OR EXISTS (SELECT FROM public.inboxes WHERE inboxes.user_id = person AND seq > 0) THEN
    RETURN true;
  END IF;
  -- What is under way or waits for its time no directory sees, and the relay does.
  PERFORM set_config('app.actor', 'relay', true);
  found_one := EXISTS (SELECT FROM public.territories
      WHERE settings->'last_resort'->>'user_id' = person OR settings->>'privacy_officer' = person)
    OR EXISTS (SELECT FROM public.sends WHERE status = 'accepted' AND (sends.user_id = person OR person = ANY (people)))
    OR EXISTS (SELECT FROM public.notifications WHERE next_step_at IS NOT NULL AND public.names_in_steps(escalation, person));
  PERFORM set_config('app.actor', me, true);
  RETURN found_one;
END $$;

CREATE OR REPLACE FUNCTION public.scim_moves(person text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN public.is_scim() AND EXISTS (SELECT FROM public.scim_people JOIN public.users ON users.id = scim_people.user_id
      WHERE scim_people.user_id = person AND made AND password_hash IS NULL)
    AND NOT EXISTS (SELECT FROM public.sessions WHERE sessions.user_id = person)
    AND NOT EXISTS (SELECT FROM public.user_identities WHERE user_identities.user_id = person)
    AND NOT public.is_named(person);
END $$;
