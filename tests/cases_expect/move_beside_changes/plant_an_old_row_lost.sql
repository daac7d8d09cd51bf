DELETE FROM public.b WHERE id = 1001;
