-- The alert that a send with this dedup key joins; null where it begins one. An alert is open until it is resolved, replaced, taken back, past its
-- time, or dismissed with no step to come: acknowledged ones are, as long as whoever acknowledged is there. A send that was resolved on its way joins what was resolved with it.
-- The actor is the service from here on; the caller holds the problem's lock.
CREATE FUNCTION @open_alert(service uuid, hash bytea, resolved boolean) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.actor', 'service:' || service, true);
  RETURN (SELECT alert.id FROM public.sends JOIN public.notifications AS alert ON alert.id = sends.id
    WHERE sends.dedup_hash = hash AND sends.status = 'persisted' AND alert.replaced_at IS NULL
      AND CASE WHEN alert.resolved_at IS NOT NULL THEN open_alert.resolved
        ELSE alert.status NOT IN ('expired', 'cancelled') AND (alert.expires_at IS NULL OR alert.expires_at > clock_timestamp())
          AND (alert.next_step_at IS NOT NULL OR alert.dismissed_at IS NULL
            AND (alert.acknowledged_by IS NULL OR public.is_active(alert.acknowledged_by, alert.territory_id))) END
    ORDER BY alert.created_at DESC LIMIT 1);
END $$;
