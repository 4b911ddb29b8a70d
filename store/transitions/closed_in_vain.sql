-- Whether a copy was closed by a colleague's acknowledgement, or by everybody's, that holds no longer: the alert is open again, or taken in another one's name.
CREATE FUNCTION @closed_in_vain(copy public.notifications, is_taken boolean) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT copy.acknowledged_at IS NOT NULL AND copy.acknowledged_by IS DISTINCT FROM copy.user_id AND copy.status NOT IN ('expired', 'cancelled')
    AND (NOT is_taken OR copy.acknowledged_by IS NOT NULL AND NOT EXISTS (SELECT FROM public.notifications AS own
      WHERE (own.id = copy.escalated_from OR own.escalated_from = copy.escalated_from) AND own.user_id = copy.acknowledged_by
        AND own.acknowledged_by = own.user_id))
$$;
