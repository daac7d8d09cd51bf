CREATE TABLE public.t (id int PRIMARY KEY, v numeric(18,2));
INSERT INTO public.t VALUES (1, 1234567.89), (2, 0.01);
