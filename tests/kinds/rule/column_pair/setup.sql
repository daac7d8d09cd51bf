CREATE TABLE public.spans (id int PRIMARY KEY, low date, high date, stored numeric(12,2), derived float8);
INSERT INTO public.spans SELECT n, date '2024-01-01' + n, date '2024-01-01' + n, n + 0.01, n FROM generate_series(1, 9) AS n;
UPDATE public.spans SET high = NULL WHERE id = 9;
UPDATE public.spans SET stored = NULL, derived = NULL WHERE id = 8;
-- Beyond the fifteen digits that the cast of a float keeps.
CREATE TABLE public.ids (id int PRIMARY KEY, a float8, b float8);
INSERT INTO public.ids VALUES (1, 1234567890123456, 1234567890123456);
