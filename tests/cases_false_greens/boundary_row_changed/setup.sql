CREATE TABLE public.t (id int PRIMARY KEY, v int);
INSERT INTO public.t SELECT i, i FROM generate_series(1, 4096) i;
