UPDATE public.t SET a = 'x', b = NULL WHERE id = 1;
