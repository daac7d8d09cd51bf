CREATE TABLE public.clients (id int PRIMARY KEY, deleted_at date);
CREATE TABLE public.accounts (id int PRIMARY KEY, client int, deleted_at date);
INSERT INTO public.clients SELECT n, CASE WHEN n = 3 THEN date '2024-01-01' END FROM generate_series(1, 5) AS n;
INSERT INTO public.accounts SELECT n, n, CASE WHEN n IN (3, 5) THEN date '2024-01-01' END FROM generate_series(1, 5) AS n;
