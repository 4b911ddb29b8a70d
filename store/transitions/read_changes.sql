-- Reads what changed in a person's inbox behind the number `after`, in the order of change: at most `page` notifications, as rows;
-- and how much of the inbox needs them, as it is with these changes.
--   token   the subject token by which a page of another system asks, which reads its own territory alone; null for the person themself
CREATE FUNCTION @read_changes(person text, after bigint, page integer, token uuid DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM set_config('app.actor', coalesce('subject:' || token, 'user:' || person), true);
  RETURN (SELECT jsonb_build_object('changes', coalesce(jsonb_agg(to_jsonb(changed) ORDER BY changed.seq), '[]'),
    'counts', @count_inbox(person)) FROM (
    SELECT * FROM public.notifications WHERE notifications.user_id = person AND notifications.seq > after
    ORDER BY notifications.seq LIMIT page) AS changed);
END $$;
