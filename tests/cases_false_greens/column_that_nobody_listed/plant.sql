UPDATE public.t SET forgotten = 'z' WHERE id = 2;
