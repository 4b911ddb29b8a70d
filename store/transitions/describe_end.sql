-- What a stand-down tells: {how, by, toldAt, deliveryId, providerId}; null for every other delivery. `by` is the name of who took or closed it, or of the
-- service that said that it is over; null where that was nobody in particular. The actor is the notification's worker.
CREATE FUNCTION @describe_end(notification public.notifications, delivery public.deliveries) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF delivery.stand_down IS NULL THEN RETURN NULL; END IF;
  RETURN (SELECT jsonb_build_object('how', delivery.stand_down, 'toldAt', notification.created_at, 'deliveryId', told.id, 'providerId', told.provider_id,
    'by', CASE delivery.stand_down WHEN 'resolved' THEN notification.resolved_by ELSE (SELECT users.name FROM public.users
      WHERE users.id = CASE delivery.stand_down WHEN 'taken' THEN notification.acknowledged_by WHEN 'closed' THEN notification.closed_by END) END)
    FROM public.deliveries AS told WHERE told.id = delivery.redelivery_of);
END $$;
