UPDATE public.prices SET price = price + 1 WHERE id = 5;
