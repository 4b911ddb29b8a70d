-- Ends a notification whose time is over, on record. Answers {changes, waits}, where `waits` says that its workflow waited for a step.
CREATE FUNCTION @expire(id uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  territory text;
  is_item boolean;
  waits boolean;
  changes jsonb;
BEGIN
  PERFORM set_config('app.actor', 'worker:' || id, true);
  SELECT territory_id, digest IS NOT NULL AND status IN ('sent', 'delivered', 'read'), next_step_at IS NOT NULL INTO territory, is_item, waits
    FROM public.notifications WHERE notifications.id = expire.id AND expires_at <= clock_timestamp();
  IF territory IS NULL THEN RETURN '{"changes": [], "waits": false}'; END IF;
  changes := @withdraw(ARRAY[expire.id], 'expired');
  -- Where one of several who must acknowledge did, it stays acknowledged; but nobody else is told of it any more.
  UPDATE public.notifications SET next_step_at = NULL WHERE notifications.id = expire.id AND next_step_at IS NOT NULL;
  IF FOUND OR changes <> '[]' OR is_item THEN PERFORM @put_on_record('notification.expire', 'ok', territory, expire.id, '{}'); END IF;
  RETURN jsonb_build_object('changes', changes, 'waits', waits);
END $$;
