CREATE TABLE public.people (id int PRIMARY KEY, phone text, died date);
INSERT INTO public.people SELECT n, CASE WHEN n > 1 THEN 'p' END, CASE WHEN n = 1 THEN date '2024-01-01' END FROM generate_series(1, 10) AS n;
