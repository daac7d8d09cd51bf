CREATE TABLE public.a (id int PRIMARY KEY, n int);
INSERT INTO public.a SELECT n, n FROM generate_series(1, 5) AS n;
