UPDATE public.t SET v = '-Infinity' WHERE id = 1;
