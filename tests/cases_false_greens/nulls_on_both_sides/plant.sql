UPDATE public.t SET w = 'c' WHERE id = 2;
