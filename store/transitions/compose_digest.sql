-- What a digest says, of those of its items that are still there: expired, cancelled and replaced ones have left it. To whoever covers its recipient it does
-- not say again what came to them by itself.
--   delegate   who covers the recipient; null for what the recipient is told
-- Answers {title, message, items: [{notification_id, title, message, created_at, resolved_at}], counts}, counts as a redaction's; null where no item is left. The actor stays.
CREATE FUNCTION @compose_digest(id uuid, delegate text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  actor CONSTANT text := current_setting('app.actor');
  most_lines CONSTANT integer := 20;
  line_length CONSTANT integer := 160;
  sent uuid[];
  times timestamptz[];
  own uuid[] := '{}';
BEGIN
  IF delegate IS NOT NULL THEN
    SELECT coalesce(array_agg(item.send_id), '{}'), coalesce(array_agg(item.created_at), '{}') INTO sent, times
      FROM public.notifications AS item WHERE item.digest = compose_digest.id;
    PERFORM set_config('app.actor', 'user:' || delegate, true);
    -- All notifications of a send have its time, by which an inbox is looked up.
    own := ARRAY(SELECT had.send_id FROM public.notifications AS had WHERE had.user_id = delegate AND had.created_at = ANY (times)
      AND had.send_id = ANY (sent) AND had.escalated_from IS NULL);
    PERFORM set_config('app.actor', actor, true);
  END IF;
  RETURN (
    WITH listed AS (
      SELECT item.*, row_number() OVER (ORDER BY item.created_at, item.id) AS place FROM public.notifications AS item
      WHERE item.digest = compose_digest.id AND item.status NOT IN ('expired', 'cancelled') AND item.replaced_at IS NULL
        AND (item.expires_at IS NULL OR item.expires_at > clock_timestamp()) AND item.send_id <> ALL (own))
    SELECT jsonb_build_object(
      'title', format('%s %s', count(*), replace(min(listed.category), '_', ' ') || CASE WHEN count(*) = 1 THEN '' ELSE 's' END),
      'message', string_agg(left(coalesce(listed.title, listed.message), line_length), E'\n' ORDER BY listed.place) FILTER (WHERE listed.place <= most_lines)
        || CASE WHEN count(*) > most_lines THEN format(E'\nand %s more', count(*) - most_lines) ELSE '' END,
      'items', jsonb_agg(jsonb_build_object('notification_id', listed.id, 'title', listed.title, 'message', listed.message,
        'created_at', listed.created_at, 'resolved_at', listed.resolved_at) ORDER BY listed.place),
      'counts', (SELECT coalesce(jsonb_object_agg(kinds.key, kinds.sum), '{}') FROM (SELECT counted.key, sum(counted.value::integer) AS sum
        FROM listed AS one CROSS JOIN LATERAL jsonb_each_text(one.redaction->'counts') AS counted GROUP BY counted.key) AS kinds))
    FROM listed HAVING count(*) > 0);
END $$;
