UPDATE public.t SET v = -v WHERE id IN (1, 1024, 1025, 2048, 4096);
