UPDATE public.t SET v = '{1,2}' WHERE id = 1;
