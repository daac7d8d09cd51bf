UPDATE public.t SET v = 4.01 WHERE id = 4;
