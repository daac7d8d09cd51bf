UPDATE public.t SET a = 7 WHERE id = 7;
