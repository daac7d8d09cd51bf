UPDATE public.t SET b = 'w' WHERE id < 4;
