-- Whom the titles of a calendar's events mean, as they were first read: a name that somebody is given later gives them nobody's turns.
ALTER TABLE schedule_calendars ADD COLUMN titles jsonb NOT NULL DEFAULT '{}';
