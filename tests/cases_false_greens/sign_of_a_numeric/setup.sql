CREATE TABLE public.t (id int PRIMARY KEY, v numeric);
INSERT INTO public.t VALUES (1, '5.00'), (2, '-5.00'), (3, NULL);
