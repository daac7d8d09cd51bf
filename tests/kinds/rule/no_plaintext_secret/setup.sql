CREATE TABLE public.logs (id int PRIMARY KEY, message text, detail text);
INSERT INTO public.logs SELECT n, 'user ' || n || ' asked for a new password; token refused', 'see https://db1:5432/portal?user=jo' FROM generate_series(1, 12) AS n;
UPDATE public.logs SET message = NULL WHERE id = 12;
UPDATE public.logs SET message = 'password: ***, secret=****' WHERE id = 11;
UPDATE public.logs SET message = 'ASIAN markets, AKIA, eyJ, -----BEGIN CERTIFICATE-----' WHERE id = 10;
-- A table without a key: an offender is known by where it lies, and the rest of its row.
CREATE TABLE public.keyless (said text, kind text);
INSERT INTO public.keyless VALUES ('nothing', 'debug');
