CREATE TABLE public.tasks (id int PRIMARY KEY, parent int);
INSERT INTO public.tasks SELECT n, NULLIF(n / 2, 0) FROM generate_series(1, 9) AS n;
INSERT INTO public.tasks VALUES (10, 99);
