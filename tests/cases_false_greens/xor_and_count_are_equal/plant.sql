DELETE FROM public.t;
INSERT INTO public.t VALUES ('b'), ('c'), ('c');
