CREATE TABLE public.t (a int, b text);
INSERT INTO public.t SELECT n % 5, 'x' || n % 5 FROM generate_series(1, 50) AS n;
