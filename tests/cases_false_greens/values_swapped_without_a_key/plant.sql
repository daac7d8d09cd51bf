DELETE FROM public.t;
INSERT INTO public.t VALUES (1, 2), (2, 1), (2, 2), (NULL, 3);
