UPDATE public.t SET v = '4294967296' WHERE id = 1;
