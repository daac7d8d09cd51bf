UPDATE public.t SET v = 10001 - v WHERE id IN (4, 5);
