UPDATE public.t SET v = '4294967295' WHERE id = 1;
