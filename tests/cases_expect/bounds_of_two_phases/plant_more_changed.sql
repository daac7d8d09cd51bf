UPDATE public.t SET b = 'w' WHERE id > 45 AND id < 60;
