UPDATE public.t SET v = 'happy' WHERE id = 1;
