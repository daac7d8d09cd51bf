CREATE TABLE public.t (v text);
INSERT INTO public.t VALUES ('a'), ('a'), ('b');
