UPDATE public.t SET v = '24:00:00' WHERE id = 1;
