CREATE TABLE public.a (id int PRIMARY KEY, v int, w text);
INSERT INTO public.a SELECT n, n, 'w' || n FROM generate_series(1, 6) AS n;
CREATE TABLE public.b (id int PRIMARY KEY, v int, w text);
