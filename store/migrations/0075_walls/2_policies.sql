-- One more actor:   wall:<id>   a screen on a wall; while it is good it reads the alerts of its territory that wait, whose texts are redacted
ALTER TABLE walls ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY admin ON walls USING ((SELECT public.has_role('admin')));
CREATE POLICY sign_in ON walls FOR SELECT USING (public.actor_kind() = 'sign-in');
CREATE POLICY sign_in_uses ON walls FOR UPDATE USING (public.actor_kind() = 'sign-in');
CREATE POLICY itself ON walls FOR SELECT USING (public.actor_kind() = 'wall' AND id::text = (SELECT public.actor_id()));

-- The territory of the screen that looks; null once it is ended.
CREATE FUNCTION public.wall_territory() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.actor_kind() IS DISTINCT FROM 'wall' THEN RETURN NULL; END IF;
  RETURN (SELECT territory_id FROM public.walls WHERE opened_at IS NOT NULL AND ended_at IS NULL AND expires_at > clock_timestamp());
END $$;

-- It is named so that it is asked after those of people and workers (0033_cheapest_first).
CREATE POLICY a_wall ON notifications FOR SELECT
  USING (public.actor_kind() = 'wall' AND (next_step_at IS NOT NULL OR escalated_from IS NOT NULL)
    AND territory_id = (SELECT public.wall_territory()));
