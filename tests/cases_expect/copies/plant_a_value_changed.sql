UPDATE public.price_history SET day = day + 1 WHERE price_id = 4;
