UPDATE public.t SET b = b + 1 WHERE id = 5;
