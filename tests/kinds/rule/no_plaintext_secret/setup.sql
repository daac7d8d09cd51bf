CREATE TABLE public.logs (id int PRIMARY KEY, message text, detail text);
INSERT INTO public.logs SELECT n, 'user ' || n || ' asked for a new password; token refused', 'see https://db1:5432/portal?user=jo' FROM generate_series(1, 12) AS n;
UPDATE public.logs SET message = NULL WHERE id = 12;
UPDATE public.logs SET message = 'password: ***, secret=****' WHERE id = 11;
UPDATE public.logs SET message = 'ASIAN markets, AKIA, eyJ, -----BEGIN CERTIFICATE-----' WHERE id = 10;
-- A table without a key: an offender is known by where it lies, and the rest of its row.
CREATE TABLE public.keyless (said text, kind text);
INSERT INTO public.keyless VALUES ('nothing', 'debug');
-- The same of bytes. What is no ASCII stands for a blank.
CREATE TABLE public.files (id int PRIMARY KEY, body bytea);
INSERT INTO public.files SELECT n, convert_to('a password that was lost, ' || n || 'é', 'UTF8') FROM generate_series(1, 6) AS n;
UPDATE public.files SET body = '\x00ff5c'::bytea WHERE id = 6;
-- Values of stars are none, whatever follows.
CREATE TABLE public.masked (id int PRIMARY KEY, said text);
INSERT INTO public.masked VALUES (1, 'password=***,user=administrator'), (2, '{"password": "****", "user": "jo"}'), (3, 'token=****1234;kind=bearer'),
    (4, 'https://jo:***@example.org/'), (5, '{\"password\": \"***\", \"user\": \"administrator\"}'), (6, '{\"password\":\"\",\"user\":\"administrator\"}');
