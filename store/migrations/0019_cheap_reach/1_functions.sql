-- Asked for every row of a page of people, so they read the memberships past row-level security, which they stand behind themselves.
CREATE FUNCTION public.is_member(person text, territory text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.memberships
    WHERE memberships.user_id = is_member.person AND memberships.territory_id = is_member.territory);
END $$;

CREATE OR REPLACE FUNCTION public.worker_reaches(person text, territory text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN public.is_member(worker_reaches.person, worker_reaches.territory)
    OR EXISTS (SELECT FROM public.notifications
      WHERE notifications.user_id = worker_reaches.person
        AND (id = public.worker_notification() OR escalated_from = public.worker_notification() OR send_id = public.worker_notification()));
END $$;
