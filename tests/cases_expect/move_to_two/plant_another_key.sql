UPDATE public.holdings SET id = 999 WHERE id = 3;
