CREATE TABLE public.t (a int, b int);
INSERT INTO public.t VALUES (1, 1), (2, 2), (2, 2), (NULL, 3);
