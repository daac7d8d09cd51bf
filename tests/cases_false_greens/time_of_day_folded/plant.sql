UPDATE public.t SET v = '01:11:34.967296' WHERE id = 1;
