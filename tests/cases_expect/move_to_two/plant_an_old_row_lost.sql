DELETE FROM public.holdings WHERE id = 1002;
