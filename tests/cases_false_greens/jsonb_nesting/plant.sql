UPDATE public.t SET v = '{"a":[1,"b",2]}' WHERE id = 1;
