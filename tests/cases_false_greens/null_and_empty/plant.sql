UPDATE public.t SET v = '' WHERE id = 1;
