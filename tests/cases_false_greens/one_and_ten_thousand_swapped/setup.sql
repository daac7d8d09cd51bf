CREATE TABLE public.t (id int PRIMARY KEY, v numeric);
INSERT INTO public.t SELECT i, CASE i % 2 WHEN 0 THEN 1 ELSE 10000 END FROM generate_series(1, 20) i;
