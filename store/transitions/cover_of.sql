-- Who covers a person now in the territory of the notification that the actor works on: the delegate of somebody busy or away, as long as the
-- delegate is an active person there, is neither busy nor away, and has not declined this notification, nor acknowledged it while it waits for
-- others; null: nobody. A delegate's own delegate is never asked, so there are no chains and no loops.
-- Answers {userId, preferences, channels, territoryAsks, now, roles, instead}: as `wishes` does, the delegate's roles there, and whether they are told in the person's place.
CREATE FUNCTION @cover_of(person text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  own public.availability;
  territory text;
  waits boolean;
BEGIN
  SELECT * INTO own FROM public.availability WHERE availability.user_id = person
    AND availability.until > clock_timestamp() AND availability.delegate_id IS NOT NULL;
  IF own.user_id IS NULL THEN RETURN NULL; END IF;
  territory := public.worker_territory();
  waits := EXISTS (SELECT FROM public.notifications WHERE notifications.id = public.worker_notification() AND notifications.next_step_at IS NOT NULL);
  IF NOT public.is_active(own.delegate_id, territory)
    OR EXISTS (SELECT FROM public.availability WHERE availability.user_id = own.delegate_id AND availability.until > clock_timestamp())
    OR EXISTS (SELECT FROM public.notifications WHERE notifications.id = public.worker_notification()
      AND notifications.user_id = own.delegate_id AND (notifications.declined_at IS NOT NULL OR waits AND notifications.acknowledged_at IS NOT NULL))
    OR EXISTS (SELECT FROM public.notifications WHERE notifications.escalated_from = public.worker_notification()
      AND notifications.user_id = own.delegate_id AND (notifications.declined_at IS NOT NULL OR waits AND notifications.acknowledged_at IS NOT NULL)) THEN
    RETURN NULL;
  END IF;
  RETURN jsonb_build_object('userId', own.delegate_id, 'instead', own.instead,
    'preferences', (SELECT settings FROM public.preferences WHERE user_id = own.delegate_id),
    'channels', ARRAY(SELECT channel FROM public.contact_points WHERE user_id = own.delegate_id AND verified_at IS NOT NULL),
    'territoryAsks', coalesce((SELECT settings->'channels' FROM public.territories WHERE id = territory), '[]'),
    'now', clock_timestamp(),
    'roles', ARRAY(SELECT memberships.role FROM public.memberships
      WHERE memberships.user_id = own.delegate_id AND memberships.territory_id = territory AND active));
END $$;
