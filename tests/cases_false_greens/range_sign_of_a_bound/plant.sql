UPDATE public.t SET v = '[1.5,1.5]' WHERE id = 1;
