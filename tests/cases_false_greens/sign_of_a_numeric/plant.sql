UPDATE public.t SET v = '-5.00' WHERE id = 1;
