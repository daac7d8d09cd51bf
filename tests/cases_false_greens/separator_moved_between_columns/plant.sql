UPDATE public.t SET a = 'a', b = 'b|c' WHERE id = 1;
