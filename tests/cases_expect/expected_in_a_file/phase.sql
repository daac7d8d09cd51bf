UPDATE public.prices SET day = day + 1 WHERE id IN (1, 2);
UPDATE public.prices SET price = 2.50 WHERE id = 1;
UPDATE public.prices SET price = price + 0.50 - 0.5 WHERE id = 3;
