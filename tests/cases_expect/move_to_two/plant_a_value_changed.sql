UPDATE public.holdings SET value = value + 0.01 WHERE id = 7;
