-- Draws the next number of each recipient's inbox and stamps their notification with it. The caller holds the locks of the inboxes,
-- taken in the order of their ids, and of the notifications. Items of a digest have no number: it is the digest that changes (tell_digests). Answers [{inboxId, seq, id}].
CREATE FUNCTION @stamp_changes(notifications uuid[]) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  -- Nothing is read for none: PostgreSQL takes an empty array for whatever index there is, and reads all of that.
  WITH mine AS MATERIALIZED (SELECT id, user_id FROM public.notifications
    WHERE id = ANY (stamp_changes.notifications) AND digest IS NULL AND cardinality(stamp_changes.notifications) > 0),
  drawn AS (
    UPDATE public.inboxes SET seq = inboxes.seq + 1 FROM mine
    WHERE inboxes.user_id = mine.user_id AND inboxes.user_id = ANY (ARRAY(SELECT user_id FROM mine))
    RETURNING mine.id AS notification_id, inboxes.id AS inbox_id, inboxes.seq),
  stamped AS (
    UPDATE public.notifications SET seq = drawn.seq FROM drawn
    WHERE notifications.id = drawn.notification_id AND notifications.id = ANY (stamp_changes.notifications)
    RETURNING drawn.*)
  SELECT coalesce(jsonb_agg(jsonb_build_object('inboxId', inbox_id, 'seq', seq, 'id', notification_id)), '[]') FROM stamped
$$;
