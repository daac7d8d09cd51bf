DELETE FROM public.price_history WHERE price_id = 4;
