UPDATE public.t SET v = 1234567.92 WHERE id = 1;
