CREATE TABLE public.t (id int PRIMARY KEY, a int, b text);
INSERT INTO public.t SELECT n, n, 'x' || n FROM generate_series(1, 20) AS n;
