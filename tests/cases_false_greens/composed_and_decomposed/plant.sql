UPDATE public.t SET v = 'é' WHERE id = 1;
