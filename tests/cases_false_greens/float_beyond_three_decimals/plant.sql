UPDATE public.t SET v = '1.0006' WHERE id = 1;
