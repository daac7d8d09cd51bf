CREATE TABLE public.t (id int PRIMARY KEY, a int, b int);
INSERT INTO public.t VALUES (1, 7, 8), (2, 8, 7);
