DELETE FROM public.b WHERE id = 3;
UPDATE public.b SET v = 3 WHERE id = 1001;
