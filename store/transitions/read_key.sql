-- Reads a service's key by its id, with the hash of its secret in base64, and whether it is good now; null where there is none.
CREATE FUNCTION @read_key(id text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM set_config('app.actor', 'sign-in', true);
  RETURN (SELECT jsonb_build_object('serviceId', service_id, 'territories', territory_ids, 'hash', encode(secret_hash, 'base64'),
      'live', revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp()) AND services.disabled_at IS NULL,
      'usedMsAgo', extract(epoch FROM clock_timestamp() - last_used_at) * 1000)
    FROM public.service_keys JOIN public.services ON services.id = service_id WHERE service_keys.id = read_key.id);
END $$;
