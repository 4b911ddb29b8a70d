-- Finds the digest that a send joins, or opens one, and locks it, so that it can't arrive before its item is there. Of two sends at once one opens it,
-- the other joins. A digest is an own send, whose time is the window's end: it is brought there as every send with a `send_at` is,
-- in the lane of bulks where nothing else is in it than items of bulks and broadcasts.
--   asked        {hash, seconds, most, id, key_id, wrapped_key, sealed}: by what it is grouped, the window, how many a minute come by themselves
--                (null: none), and the id and sealed original of a digest that is opened; bytes in base64
--   characters   of the item's text
-- Answers its id; null where the send arrives by itself: there is room in this minute, or its time is over before the window is. The actor stays.
CREATE FUNCTION @open_digest(send public.sends, asked jsonb, characters integer) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  worker CONSTANT text := current_setting('app.actor');
  own CONSTANT text := 'service:' || public.own_service();
  hash CONSTANT bytea := decode(asked->>'hash', 'base64');
  most_items CONSTANT integer := 100;
  most_characters CONSTANT integer := 20000;
  begins timestamptz;
  ends timestamptz;
  found_id uuid;
  room boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(jsonb_build_array(send.user_id, send.territory_id, send.category)::text, 7));
  begins := date_trunc('milliseconds', clock_timestamp());
  ends := begins + make_interval(secs => (asked->>'seconds')::integer);
  IF send.expires_at <= ends THEN RETURN NULL; END IF;
  -- What comes later than a minute after it was sent is grouped: after an outage it comes all at once.
  IF asked->>'most' IS NOT NULL AND coalesce(send.send_at, send.created_at) > clock_timestamp() - interval '1 minute' THEN
    PERFORM set_config('app.actor', 'user:' || send.user_id, true);
    room := (SELECT count(*) < (asked->>'most')::integer FROM public.notifications WHERE notifications.user_id = send.user_id
      AND notifications.created_at > clock_timestamp() - interval '1 minute' AND notifications.territory_id = send.territory_id
      AND notifications.category = send.category AND notifications.priority = 'normal' AND notifications.digest IS NULL AND notifications.items IS NULL);
    PERFORM set_config('app.actor', worker, true);
    IF room THEN RETURN NULL; END IF;
  END IF;
  PERFORM set_config('app.actor', own, true);
  SELECT sends.id INTO found_id FROM public.sends WHERE sends.digest_hash = hash AND sends.status = 'accepted'
    AND sends.send_at > clock_timestamp() AND sends.send_at <= ends ORDER BY sends.send_at DESC LIMIT 1 FOR NO KEY UPDATE;
  IF found_id IS NOT NULL THEN
    PERFORM set_config('app.actor', 'worker:' || found_id, true);
    IF (SELECT count(*) >= most_items OR sum(length(notifications.message) + length(coalesce(notifications.title, ''))) + characters > most_characters
        FROM public.notifications WHERE notifications.digest = found_id) THEN
      found_id := NULL;
    END IF;
    PERFORM set_config('app.actor', own, true);
  END IF;
  IF found_id IS NOT NULL AND send.lane <> 'bulk' THEN
    UPDATE public.sends SET lane = 'ordinary' WHERE sends.id = found_id AND sends.lane = 'bulk';
  END IF;
  IF found_id IS NULL THEN
    found_id := (asked->>'id')::uuid;
    -- The relay begins it a little earlier: its workflow waits for the very end.
    INSERT INTO public.sends (id, service_id, user_id, territory_id, lane, category, priority, channels, channel_terms, send_at, key_id, wrapped_key, sealed, body_hash,
      digest_hash, created_at, next_start_at, alone)
    VALUES (found_id, public.own_service(), send.user_id, send.territory_id, CASE send.lane WHEN 'bulk' THEN 'bulk' ELSE 'ordinary' END, send.category, 'normal', send.channels, send.channel_terms, ends, asked->>'key_id',
      decode(asked->>'wrapped_key', 'base64'), decode(asked->>'sealed', 'base64'), hash, hash, begins, ends - interval '3 seconds',
      -- No page of a bulk knows digests.
      true);
    PERFORM @put_on_record('notification.send', 'ok', send.territory_id, found_id,
      jsonb_build_object('user_id', send.user_id, 'category', send.category, 'priority', 'normal', 'digest', true));
  END IF;
  PERFORM set_config('app.actor', worker, true);
  RETURN found_id;
END $$;
