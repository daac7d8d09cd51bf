UPDATE public.u SET a = 0 WHERE id = 5;
