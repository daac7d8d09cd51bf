INSERT INTO public.archive VALUES (4, 4, false), (5, 6, false), (9, NULL, false);
