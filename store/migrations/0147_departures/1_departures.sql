-- Who may not be reached in a territory any more, since they have left it or were disabled, until the relay has looked at the alerts that wait for them.
CREATE TABLE departures (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id text NOT NULL,
  territory_id text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE departures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Whoever takes a role away notes it, also by hand; the relay asks again whether it is so.
CREATE POLICY noted ON departures FOR INSERT WITH CHECK (true);
CREATE POLICY relay ON departures USING (public.actor_kind() = 'relay');

CREATE FUNCTION public.note_departure() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.departures (user_id, territory_id) VALUES (OLD.user_id, OLD.territory_id);
  RETURN NULL;
END $$;
CREATE TRIGGER note_left AFTER DELETE ON memberships FOR EACH ROW
  WHEN (OLD.active AND OLD.territory_id IS NOT NULL) EXECUTE FUNCTION public.note_departure();
CREATE TRIGGER note_disabled AFTER UPDATE OF active ON memberships FOR EACH ROW
  WHEN (OLD.active AND NOT NEW.active AND OLD.territory_id IS NOT NULL) EXECUTE FUNCTION public.note_departure();
