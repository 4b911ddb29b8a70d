-- Once enough people acknowledged an alert, acknowledges the next page of its family's notifications that are still open, in the name
-- of the last person who did, if it was one of the family. It goes page by page, so that no inbox is locked for long. The call that closes
-- the last of them ends it. Answers {changes, more}.
CREATE FUNCTION @close_copies(root uuid, page integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  open uuid[];
  more boolean;
  by_person text;
  note text;
  changes jsonb;
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  PERFORM @lock_family(root);
  IF NOT EXISTS (SELECT FROM public.notifications WHERE id = close_copies.root AND closing) THEN
    RETURN jsonb_build_object('changes', '[]'::jsonb, 'more', false);
  END IF;
  SELECT array_agg(id) INTO open FROM (
    SELECT id FROM public.notifications WHERE (id = close_copies.root OR escalated_from = close_copies.root)
      AND acknowledged_at IS NULL AND dismissed_at IS NULL AND status NOT IN ('expired', 'cancelled')
    ORDER BY id LIMIT close_copies.page) AS page;
  IF open IS NULL THEN
    PERFORM @lock_inboxes(ARRAY[close_copies.root]);
    UPDATE public.notifications SET closing = false WHERE id = close_copies.root;
    RETURN jsonb_build_object('changes', '[]'::jsonb, 'more', false);
  END IF;
  more := cardinality(open) = page;
  PERFORM @lock_inboxes(CASE WHEN more THEN open ELSE open || root END);
  IF NOT more THEN UPDATE public.notifications SET closing = false WHERE id = close_copies.root; END IF;
  SELECT acknowledged_by, acknowledge_note INTO by_person, note FROM public.notifications
    WHERE (id = close_copies.root OR escalated_from = close_copies.root) AND acknowledged_by IS NOT NULL
    ORDER BY acknowledged_at DESC LIMIT 1;
  WITH closed AS (
    UPDATE public.notifications SET status = 'acknowledged', acknowledged_at = clock_timestamp(), acknowledged_by = by_person, acknowledge_note = note
    WHERE id = ANY (open) AND acknowledged_at IS NULL AND dismissed_at IS NULL RETURNING *),
  noted AS (
    INSERT INTO public.delivery_events (notification_id, user_id, territory_id, status, reason)
    SELECT id, user_id, territory_id, status, CASE WHEN by_person IS NULL THEN 'by_everybody' ELSE 'by_colleague' END FROM closed)
  SELECT array_agg(id) INTO open FROM closed;
  changes := @stamp_changes(open);
  PERFORM @skip_waiting(open, NULL, 'already_handled', false);
  PERFORM @stand_down(open, 'taken', (SELECT escalation FROM public.notifications WHERE id = close_copies.root));
  RETURN jsonb_build_object('changes', changes, 'more', more);
END $$;
