UPDATE public.t SET v = '1' WHERE id = 1;
