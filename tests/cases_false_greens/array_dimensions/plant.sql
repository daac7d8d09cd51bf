UPDATE public.t SET v = '{1,2,3,4}' WHERE id = 1;
