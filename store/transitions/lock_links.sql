-- Takes the locks that a send needs which has a dedup key or replaces another one: the problem's, its own family's, so that nobody takes it back
-- meanwhile, and those of what it replaces. Where it is the key's alert from now on, the former one's send loses the key. The actor is the send's worker, before and after.
-- Answers {joins, replaced}: the open alert that it joins, null where it arrives by itself; and the notifications that it ends in its favour, which are the one that it
-- corrects and the open alert of its own key.
CREATE FUNCTION @lock_links(send_id uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  worker CONSTANT text := 'worker:' || send_id;
  send public.sends;
  alert uuid;
  former uuid;
  ended uuid[];
  had_key uuid[] := '{}';
  one uuid;
BEGIN
  SELECT * INTO send FROM public.sends WHERE sends.id = lock_links.send_id;
  IF send.dedup_hash IS NOT NULL THEN
    PERFORM @lock_problem(send.dedup_hash);
  END IF;
  PERFORM @lock_family(lock_links.send_id);
  SELECT * INTO send FROM public.sends WHERE sends.id = lock_links.send_id;
  IF send.id IS NULL OR send.status <> 'accepted' THEN RETURN '{"joins": null, "replaced": []}'; END IF;
  IF send.dedup_hash IS NOT NULL THEN
    alert := @open_alert(send.service_id, send.dedup_hash, send.resolved_at IS NOT NULL);
    IF alert IS NULL OR send.replaces IS NOT NULL THEN
      had_key := ARRAY(SELECT sends.id FROM public.sends WHERE sends.dedup_hash = send.dedup_hash AND sends.status = 'persisted' ORDER BY sends.id);
    END IF;
    PERFORM set_config('app.actor', worker, true);
  END IF;
  IF alert IS NOT NULL AND send.replaces IS NULL THEN RETURN jsonb_build_object('joins', alert, 'replaced', '[]'::jsonb); END IF;
  IF send.replaces IS NULL THEN
    ended := '{}';
  ELSE
    PERFORM set_config('app.actor', 'worker:' || send.replaces, true);
    SELECT coalesce(sends.joined, sends.id) INTO former FROM public.sends WHERE sends.id = send.replaces;
    ended := ARRAY(SELECT DISTINCT replaced FROM unnest(ARRAY[former, alert]) AS replaced WHERE replaced IS NOT NULL ORDER BY replaced);
    FOREACH one IN ARRAY ended LOOP
      PERFORM @lock_family(one);
    END LOOP;
  END IF;
  FOREACH one IN ARRAY had_key LOOP
    PERFORM set_config('app.actor', 'worker:' || one, true);
    UPDATE public.sends SET dedup_hash = NULL WHERE sends.id = one;
  END LOOP;
  PERFORM set_config('app.actor', worker, true);
  RETURN jsonb_build_object('joins', NULL, 'replaced', to_jsonb(ended));
END $$;
