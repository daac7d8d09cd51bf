CREATE TABLE public.t (id int PRIMARY KEY, v double precision);
INSERT INTO public.t VALUES (1, '1.0005'), (2, '1.0006'), (3, NULL);
