UPDATE public.t SET v = '2024-06-30 12:00:00.9+00' WHERE id = 1;
