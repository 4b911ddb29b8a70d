-- The work left of a notification and its escalated copies: {groups, nextMs}, groups as groups_left answers them. nextMs is the time until a
-- step is due, null where none is to come, as once the alert's time is over. Rounds that a supervisor asked for have a workflow of their own.
CREATE FUNCTION @work_left(root uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  family uuid[];
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  family := ARRAY(SELECT id FROM public.notifications WHERE id = work_left.root OR escalated_from = work_left.root);
  IF cardinality(family) > 1 THEN PERFORM @name_page(family, '{}'); END IF;
  RETURN jsonb_build_object(
    'groups', @groups_left(family, NULL),
    'nextMs', (SELECT greatest(0, ceil(extract(epoch FROM next_step_at - clock_timestamp()) * 1000))::bigint
      FROM public.notifications WHERE id = work_left.root AND next_step_at IS NOT NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())));
END $$;
