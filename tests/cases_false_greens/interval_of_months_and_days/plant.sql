UPDATE public.t SET v = '30 days' WHERE id = 1;
