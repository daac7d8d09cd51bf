UPDATE public.t SET v = '1.00' WHERE id = 1;
