-- How often the text of a send could not be redacted: after the last try it arrives without its text.
ALTER TABLE sends ADD COLUMN redaction_failures smallint NOT NULL DEFAULT 0;
