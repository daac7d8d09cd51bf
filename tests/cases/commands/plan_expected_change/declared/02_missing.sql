-- phasegate: changes data public.users (phone, email)
-- phasegate: inserts public.profiles
-- phasegate: deletes public.logins
-- phasegate: adds index public.users_email_idx
-- phasegate: adds view public.one
UPDATE users SET phone = trim(phone), email = lower(email);
INSERT INTO profiles (id) VALUES (1);
DELETE FROM logins WHERE id = 3;
CREATE INDEX users_email_idx ON users (email);
CREATE OR REPLACE VIEW one AS SELECT 1 AS one;
