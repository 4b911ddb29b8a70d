-- A node of an earlier version knows no topics, and would write what is for one to everybody of the territory. Its page fails, and another node writes it.
CREATE FUNCTION public.keep_to_topic() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.covers_for = '{}' AND NEW.user_id <> ALL ((SELECT people FROM public.sends WHERE sends.id = NEW.send_id)::text[]) THEN
    RAISE EXCEPTION 'a recipient of send % is not of its topic', NEW.send_id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_to_topic BEFORE INSERT ON notifications FOR EACH ROW
  WHEN (NEW.id <> NEW.send_id AND NEW.escalated_from IS NULL) EXECUTE FUNCTION public.keep_to_topic();
