CREATE TABLE public.people (id int PRIMARY KEY, born date, seen timestamptz, until date);
INSERT INTO public.people SELECT n, date '1970-01-01' + n, timestamptz '2024-12-31 23:59:59+00', 'infinity' FROM generate_series(1, 9) AS n;
UPDATE public.people SET born = NULL WHERE id = 9;
