DELETE FROM public.prices WHERE id = 4;
