DELETE FROM public.groups WHERE id = 13;
INSERT INTO public.staging VALUES (1), (2);
