-- phasegate: changes data public.users (phone)
UPDATE users SET phone = trim(phone), email = lower(email);
INSERT INTO profiles (id) VALUES (1);
DELETE FROM logins WHERE id = 3;
CREATE INDEX users_email_idx ON users (email);
CREATE OR REPLACE VIEW one AS SELECT 1 AS one;
CREATE TABLE work (id int);
INSERT INTO work VALUES (1);
DROP TABLE work;
DO $$ BEGIN DELETE FROM audit; END $$;
