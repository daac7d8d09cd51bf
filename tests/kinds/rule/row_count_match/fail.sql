DELETE FROM public.profiles WHERE id IN (1, 2);
