CREATE TABLE public.t (v text, n int);
INSERT INTO public.t VALUES ('a', 1), ('a', 1), ('b', 2);
