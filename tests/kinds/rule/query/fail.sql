UPDATE public.holdings SET value = 1 WHERE id IN (4, 8);
