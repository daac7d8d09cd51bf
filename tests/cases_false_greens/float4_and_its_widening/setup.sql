CREATE TABLE public.t (id int PRIMARY KEY, v double precision);
INSERT INTO public.t VALUES (1, 0.1), (2, 1);
