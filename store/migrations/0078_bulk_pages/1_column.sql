-- A send that came in bulk and has a workflow of its own, since no page of a bulk takes it.
ALTER TABLE sends ADD COLUMN alone boolean NOT NULL DEFAULT false;
