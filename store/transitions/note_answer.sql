-- Notes what became of an answer by a channel outside; on record where nothing did, since an act is on record by itself. Answers whether that was not
-- noted before.
CREATE FUNCTION @note_answer(channel text, answer_id text, outcome text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  noted public.channel_answers;
BEGIN
  PERFORM set_config('app.actor', 'callback:' || note_answer.channel, true);
  UPDATE public.channel_answers SET outcome = note_answer.outcome WHERE channel_answers.channel = note_answer.channel
    AND channel_answers.answer_id = note_answer.answer_id AND channel_answers.outcome IS NULL RETURNING * INTO noted;
  IF noted.channel IS NOT NULL AND note_answer.outcome NOT IN ('acknowledged', 'declined') THEN
    PERFORM @put_on_record('channel.answer', 'denied', NULL, noted.notification_id,
      jsonb_build_object('channel', note_answer.channel, 'reason', note_answer.outcome));
  END IF;
  RETURN noted.channel IS NOT NULL;
END $$;
