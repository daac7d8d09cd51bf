UPDATE public.t SET a = 0 WHERE id = 30;
