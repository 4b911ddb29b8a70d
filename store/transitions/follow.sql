-- Brings what happened to an alert to the next page of its copies: that it was sent again, is taken back, closed, replaced, resolved or completed, or that it is open again since
-- somebody took their acknowledgement back. It goes page by page, so that no inbox is locked for long; the call that brings it to the last of them ends it.
-- Answers {changes, more}.
CREATE FUNCTION @follow(root uuid, page integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  alert public.notifications;
  by_person text;
  is_taken boolean;
  is_over boolean;
  ids uuid[];
  those uuid[];
  since timestamptz;
  more boolean;
  changes jsonb := '[]';
BEGIN
  PERFORM set_config('app.actor', 'worker:' || root, true);
  PERFORM @lock_family(root);
  SELECT * INTO alert FROM public.notifications WHERE id = follow.root;
  IF alert.behind IS NOT TRUE THEN RETURN jsonb_build_object('changes', '[]'::jsonb, 'more', false); END IF;
  SELECT completed_by INTO by_person FROM public.notifications
    WHERE (id = follow.root OR escalated_from = follow.root) AND completed_at IS NOT NULL ORDER BY completed_at LIMIT 1;
  is_over := coalesce(alert.resolved_at, alert.replaced_at, alert.closed_at) IS NOT NULL OR alert.status IN ('expired', 'cancelled');
  -- That of a broadcast is over once everybody has acknowledged, which leaves it no step.
  is_taken := alert.user_id IS NULL AND alert.next_step_at IS NULL
    OR @taken_by(follow.root, NULL) >= coalesce((alert.escalation->>'acknowledgers')::integer, 1);
  ids := ARRAY(SELECT id FROM public.notifications AS one WHERE escalated_from = follow.root AND (
      one.repeats <> alert.repeats AND one.status NOT IN ('expired', 'cancelled')
      OR alert.status = 'cancelled' AND one.status IN ('sent', 'delivered', 'read')
      OR alert.closed_at IS NOT NULL AND one.closed_at IS NULL
      OR alert.replaced_at IS NOT NULL AND one.replaced_at IS NULL
      OR alert.resolved_at IS NOT NULL AND one.resolved_at IS NULL
      OR by_person IS NOT NULL AND one.acknowledged_at IS NOT NULL AND one.completed_at IS NULL
      OR NOT is_over AND by_person IS NULL AND @closed_in_vain(one, is_taken))
    ORDER BY id LIMIT follow.page);
  more := cardinality(ids) = page;
  PERFORM @lock_inboxes(CASE WHEN more THEN ids ELSE ids || root END);
  IF NOT more THEN
    -- What a colleague closed in the name of somebody who took that back is closed again, in the name of another one.
    UPDATE public.notifications SET behind = false, closing = closing OR is_taken AND NOT is_over AND by_person IS NULL WHERE id = follow.root;
    IF ids = '{}' THEN RETURN jsonb_build_object('changes', '[]'::jsonb, 'more', false); END IF;
  END IF;
  -- An empty array would have PostgreSQL read a whole index.
  IF alert.status = 'cancelled' THEN
    those := ARRAY(SELECT id FROM public.notifications WHERE id = ANY (ids) AND status IN ('sent', 'delivered', 'read'));
    IF those <> '{}' THEN
      changes := @withdraw(those, 'cancelled');
      ids := ARRAY(SELECT unnest(ids) EXCEPT SELECT unnest(those));
      IF ids = '{}' THEN RETURN jsonb_build_object('changes', changes, 'more', more); END IF;
    END IF;
  END IF;
  UPDATE public.notifications SET repeats = alert.repeats, repeated_at = alert.repeated_at, title = alert.title, message = alert.message, redaction = alert.redaction,
    text_id = alert.text_id, read_back = alert.read_back, expires_at = alert.expires_at
    WHERE id = ANY (ids) AND repeats <> alert.repeats AND status NOT IN ('expired', 'cancelled');
  IF alert.closed_at IS NOT NULL THEN
    those := ARRAY(SELECT id FROM public.notifications WHERE id = ANY (ids) AND closed_at IS NULL);
    IF those <> '{}' THEN PERFORM @close_some(those, alert); END IF;
  END IF;
  IF alert.replaced_at IS NOT NULL THEN
    those := ARRAY(SELECT id FROM public.notifications WHERE id = ANY (ids) AND replaced_at IS NULL);
    IF those <> '{}' THEN PERFORM @replace_some(those, alert, '[]'); END IF;
  END IF;
  IF alert.resolved_at IS NOT NULL THEN
    those := ARRAY(SELECT id FROM public.notifications WHERE id = ANY (ids) AND resolved_at IS NULL);
    IF those <> '{}' THEN PERFORM @resolve_some(those, alert); END IF;
  END IF;
  IF by_person IS NOT NULL THEN
    UPDATE public.notifications SET completed_at = clock_timestamp(), completed_by = by_person, unacknowledge_until = NULL
      WHERE id = ANY (ids) AND acknowledged_at IS NOT NULL AND completed_at IS NULL;
  ELSIF NOT is_over THEN
    those := ARRAY(SELECT id FROM public.notifications AS one WHERE id = ANY (ids) AND @closed_in_vain(one, is_taken));
    IF those <> '{}' THEN
      SELECT min(acknowledged_at) INTO since FROM public.notifications WHERE id = ANY (those);
      PERFORM @reopen(those, since, NOT is_taken);
    END IF;
  END IF;
  RETURN jsonb_build_object('changes', changes || @stamp_changes(ids), 'more', more);
END $$;
