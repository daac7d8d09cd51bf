UPDATE public.b SET v = -v WHERE id = 1001;
