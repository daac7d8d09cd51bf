CREATE TABLE public.t (id int PRIMARY KEY, v int);
INSERT INTO public.t SELECT i, i * 10 FROM generate_series(1, 9) i;
