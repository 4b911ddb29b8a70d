-- An email is compared in one form, and stored in it: ASCII letters are small. The collation "C" folds these and no others; other
-- collations fold İ, K and their like, each in its own way, so that two addresses were one to PostgreSQL and two to the program.
SELECT set_config('app.actor', 'setup', true);
UPDATE users SET email = lower(email COLLATE "C") WHERE email <> lower(email COLLATE "C");
SELECT set_config('app.actor', '', true);

DROP INDEX users_email;
CREATE UNIQUE INDEX users_email ON users (email);
ALTER TABLE users ADD CONSTRAINT users_email_folded CHECK (email = lower(email COLLATE "C"));
