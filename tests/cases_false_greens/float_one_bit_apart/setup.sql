CREATE TABLE public.t (id int PRIMARY KEY, v double precision);
INSERT INTO public.t VALUES (1, '0.1'), (2, '0.10000000000000002'), (3, NULL);
