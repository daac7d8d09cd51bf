UPDATE public.t SET v = '1234567890.14' WHERE id = 1;
