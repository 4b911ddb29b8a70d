-- How much of a person's own inbox needs them, for the actor set before.
-- `unacknowledged_critical` counts the snoozed ones too: escalation does not wait for them. `unread` leaves out the snoozed.
CREATE FUNCTION @count_inbox(person text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN (SELECT jsonb_build_object(
    'unacknowledged_critical', count(*) FILTER (WHERE priority = 'critical' AND status IN ('sent', 'delivered', 'read') AND declined_at IS NULL
      AND resolved_at IS NULL AND replaced_at IS NULL),
    'unread', count(*) FILTER (WHERE status IN ('sent', 'delivered') AND (snoozed_until IS NULL OR snoozed_until <= now())),
    'open', count(*))
  FROM public.notifications
  WHERE notifications.user_id = person AND digest IS NULL AND status NOT IN ('dismissed', 'expired', 'cancelled'));
END $$;
