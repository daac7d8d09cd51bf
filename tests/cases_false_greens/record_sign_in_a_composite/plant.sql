UPDATE public.t SET v = '(-5.00,a)' WHERE id = 1;
