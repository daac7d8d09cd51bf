UPDATE public.t SET v = '<null>' WHERE id = 1;
