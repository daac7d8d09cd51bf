DELETE FROM public.b WHERE id = 2;
