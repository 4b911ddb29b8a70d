-- How many different people acknowledged an alert themselves, the alert or their copy of it, without one of them where `except` names somebody.
CREATE FUNCTION @taken_by(root uuid, except_for text) RETURNS integer
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(DISTINCT acknowledged_by)::integer FROM public.notifications
    WHERE (notifications.id = root OR escalated_from = root) AND acknowledged_at IS NOT NULL AND acknowledged_by = user_id
      AND acknowledged_by IS DISTINCT FROM except_for
$$;
