-- Who is told, by email, of an alert that nobody of its territory can be told of.
CREATE FUNCTION public.active_admins() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (SELECT coalesce(array_agg(DISTINCT user_id), '{}') FROM public.memberships WHERE role = 'admin' AND active);
END $$;
CREATE POLICY last_resort ON users FOR SELECT
  USING (actor_kind() = 'relay' AND id = ANY ((SELECT active_admins())::text[]));
