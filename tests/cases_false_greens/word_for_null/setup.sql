CREATE TABLE public.t (id int PRIMARY KEY, v text);
INSERT INTO public.t VALUES (1, NULL), (2, '<null>'), (3, NULL);
