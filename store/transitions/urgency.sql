-- How urgently a notification is delivered: by its priority, or as critical where its recipient is told because nobody else answered.
CREATE FUNCTION @urgency(notification public.notifications) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN CASE WHEN notification.told_as_critical THEN 'critical' ELSE notification.priority END;
END $$;
