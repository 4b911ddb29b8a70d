-- The reminder that is due of what was taken over and is not completed; null where none is. Answers {number, territoryId, people, since}: number 1 goes
-- to those who acknowledged, 2 to the supervisors; since: when the first of them acknowledged.
CREATE FUNCTION @due_reminder(root uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  RETURN (SELECT jsonb_build_object('number', alert.reminders + 1, 'territoryId', alert.territory_id, 'people', who.people, 'since', who.since)
    FROM public.notifications AS alert CROSS JOIN LATERAL (
      SELECT jsonb_agg(DISTINCT taken.user_id) AS people, min(taken.acknowledged_at) AS since FROM public.notifications AS taken
      WHERE (taken.id = root OR taken.escalated_from = root) AND taken.acknowledged_by = taken.user_id) AS who
    WHERE alert.id = root AND alert.remind_at <= clock_timestamp() AND alert.completed_at IS NULL AND who.people IS NOT NULL);
END $$;
