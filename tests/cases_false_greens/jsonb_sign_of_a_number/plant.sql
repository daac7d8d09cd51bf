UPDATE public.t SET v = '{"a":-1}' WHERE id = 1;
