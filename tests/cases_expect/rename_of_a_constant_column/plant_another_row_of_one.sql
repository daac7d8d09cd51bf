UPDATE public.single SET v = 'w';
