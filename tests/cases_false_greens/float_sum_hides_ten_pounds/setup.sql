CREATE TABLE public.t (id int PRIMARY KEY, v numeric(18,2));
INSERT INTO public.t VALUES (1, 1000000000.00), (2, 0.01);
