CREATE TABLE public.t (id int PRIMARY KEY, v numeric(12,2));
INSERT INTO public.t SELECT i, 100 FROM generate_series(1, 5) i;
