UPDATE public.p SET amount = amount + 0.01 WHERE id = 2;
