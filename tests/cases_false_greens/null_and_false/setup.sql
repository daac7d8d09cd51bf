CREATE TABLE public.t (id int PRIMARY KEY, v boolean);
INSERT INTO public.t VALUES (1, NULL), (2, 'f'), (3, NULL);
