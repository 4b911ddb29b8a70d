-- Takes a person's acknowledgement back, within the time that the policy gave for it: the alert is open again for everybody for whom it ended, its
-- escalation goes on where it was, and whoever heard that nothing is left to do, or was not told for that, is told. Where enough others acknowledged, it
-- stays taken, in the name of one of them. Answers {kind: done, notification, changes, rootId, closing, behind, work}, {kind: not_found} or {kind: conflict,
-- detail}; `work`: {id, broadcast}, whose workflow has to go on; `behind`: the alerts that follow has to open again for their copies.
CREATE FUNCTION @unacknowledge(person text, id uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  own public.notifications;
  root public.notifications;
  -- The send's first notification, or the alert that stands for a broadcast's.
  first uuid;
  root_id uuid;
  -- Those that are opened here; what a colleague closed of the others follows, a page at a time.
  heads uuid[];
  behind uuid[];
  reopened uuid[];
  stays boolean;
  -- What goes on from here: the alert, and that of a broadcast where nobody took it or closed it.
  goes_on uuid[];
  fault text;
  changes jsonb;
BEGIN
  PERFORM set_config('app.actor', 'user:' || person, true);
  SELECT coalesce(escalated_from, notifications.id), send_id INTO root_id, first FROM public.notifications
    WHERE notifications.id = unacknowledge.id AND user_id = person;
  IF root_id IS NULL THEN RETURN jsonb_build_object('kind', 'not_found'); END IF;
  PERFORM set_config('app.actor', 'worker:' || first, true);
  IF root_id <> first THEN PERFORM @lock_family(first); END IF;
  PERFORM @lock_family(root_id);
  goes_on := ARRAY[root_id] || ARRAY(SELECT alert.id FROM public.notifications AS alert
    WHERE alert.id = first AND first <> root_id AND alert.closed_at IS NULL AND alert.status NOT IN ('expired', 'cancelled')
      AND (SELECT count(DISTINCT copy.acknowledged_by) FROM public.notifications AS copy WHERE copy.escalated_from = first AND copy.acknowledged_by = copy.user_id)
        < coalesce((alert.escalation->>'acknowledgers')::integer, 1));
  heads := ARRAY[unacknowledge.id] || goes_on;
  PERFORM @lock_inboxes(heads);
  SELECT * INTO own FROM public.notifications WHERE notifications.id = unacknowledge.id;
  SELECT * INTO root FROM public.notifications WHERE notifications.id = root_id;
  IF own.acknowledged_at IS NULL THEN
    RETURN jsonb_build_object('kind', 'done', 'notification', to_jsonb(own), 'changes', '[]'::jsonb, 'rootId', root_id, 'closing', false);
  END IF;
  fault := CASE
    WHEN own.acknowledged_by IS DISTINCT FROM person THEN 'A colleague acknowledged it, who alone can take that back.'
    WHEN own.completed_at IS NOT NULL OR EXISTS (SELECT FROM public.notifications AS one
      WHERE (one.id = root_id OR one.escalated_from = root_id) AND one.completed_at IS NOT NULL) THEN 'It is completed already.'
    WHEN coalesce(own.resolved_at, own.replaced_at, own.closed_at, root.resolved_at) IS NOT NULL OR own.status IN ('expired', 'cancelled')
      OR own.expires_at <= clock_timestamp() OR EXISTS (SELECT FROM public.sends WHERE sends.id = first AND sends.status = 'cancelled') THEN 'It is over already.'
    WHEN own.unacknowledge_until IS NULL OR own.unacknowledge_until <= clock_timestamp() THEN 'The time in which it could be taken back is over.' END;
  IF fault IS NOT NULL THEN RETURN jsonb_build_object('kind', 'conflict', 'detail', fault); END IF;

  stays := @taken_by(root_id, person) >= coalesce((root.escalation->>'acknowledgers')::integer, 1);
  reopened := ARRAY(SELECT notifications.id FROM public.notifications WHERE notifications.id = ANY (heads) AND (notifications.id = own.id
    OR user_id IS NOT NULL AND acknowledged_at IS NOT NULL AND acknowledged_by IS DISTINCT FROM user_id
      AND (NOT stays OR acknowledged_by = person OR notifications.id <> root_id)));
  PERFORM @reopen(reopened, own.acknowledged_at, NOT stays);
  IF stays THEN
    UPDATE public.notifications SET closing = true WHERE notifications.id = root_id;
  ELSE
    -- A step that would have been due meanwhile is due now.
    UPDATE public.notifications SET next_step_at = coalesce(next_step_at, stopped_step_at), stopped_step_at = NULL, closing = false, remind_at = NULL,
      reminders = 0 WHERE notifications.id = ANY (goes_on) AND status NOT IN ('expired', 'cancelled') AND coalesce(resolved_at, replaced_at, closed_at) IS NULL;
  END IF;
  -- What a colleague's acknowledgement closed is open again, and so is all that the last of a broadcast's people ended.
  UPDATE public.notifications SET behind = notifications.behind OR EXISTS (SELECT FROM public.notifications AS copy
    WHERE copy.escalated_from = notifications.id AND copy.id <> own.id AND @closed_in_vain(copy, stays AND notifications.id = root_id))
    WHERE notifications.id = ANY (goes_on);
  behind := ARRAY(SELECT notifications.id FROM public.notifications WHERE notifications.id = ANY (goes_on) AND notifications.behind);
  changes := @stamp_changes(reopened);
  SELECT * INTO own FROM public.notifications WHERE notifications.id = unacknowledge.id;
  PERFORM set_config('app.actor', 'user:' || person, true);
  PERFORM @put_on_record('notification.unacknowledge', 'ok', own.territory_id, own.id,
    jsonb_build_object('status', own.status, 'root_id', root_id, 'reopened', cardinality(reopened)));
  RETURN jsonb_build_object('kind', 'done', 'notification', to_jsonb(own), 'changes', changes, 'rootId', root_id, 'closing', stays, 'behind', to_jsonb(behind),
    'work', jsonb_build_object('id', first, 'broadcast', root_id <> first));
END $$;
