DELETE FROM public.fresh WHERE id = 2;
