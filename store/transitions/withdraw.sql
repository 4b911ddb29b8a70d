-- Ends some notifications, with their channels that still wait, and stamps the change; items leave their digests. The caller holds the family's lock, or ends a
-- single notification. Answers the changes.
CREATE FUNCTION @withdraw(notifications uuid[], status text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  ended uuid[];
  send uuid;
  changes jsonb;
BEGIN
  PERFORM @lock_inboxes(withdraw.notifications);
  SELECT array_agg(id) INTO ended FROM public.notifications WHERE id = ANY (withdraw.notifications)
    AND status NOT IN ('expired', 'cancelled') AND acknowledged_at IS NULL AND dismissed_at IS NULL;
  IF ended IS NULL THEN RETURN '[]'; END IF;
  changes := @stamp_changes(ended);
  UPDATE public.notifications SET status = withdraw.status, next_step_at = NULL WHERE id = ANY (ended);
  PERFORM @skip_waiting(ended, NULL, withdraw.status, true);
  -- All of them are of one send.
  SELECT send_id INTO send FROM public.notifications WHERE id = ended[1];
  PERFORM @stand_down(ended, withdraw.status, @rules_of(send));
  INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status)
  SELECT id, user_id, territory_id, status FROM public.notifications WHERE id = ANY (ended);
  RETURN changes || @tell_digests(@digests_of(ended));
END $$;
