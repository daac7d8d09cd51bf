UPDATE public.t SET v = 'f' WHERE id = 1;
