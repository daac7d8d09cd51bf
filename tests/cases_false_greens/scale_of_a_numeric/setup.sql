CREATE TABLE public.t (id int PRIMARY KEY, v numeric);
INSERT INTO public.t VALUES (1, '1.0'), (2, '1.00'), (3, NULL);
