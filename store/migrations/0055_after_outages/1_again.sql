-- What failed is put off, longer each time, so that what fails for ever hides nothing else.
ALTER TABLE troubles ADD COLUMN again_at timestamptz NOT NULL DEFAULT now();
