CREATE TABLE public.t (id int PRIMARY KEY, a int, x int, c text);
INSERT INTO public.t SELECT n, n * 3, n * 3, 'c' || n FROM generate_series(1, 10) AS n;
