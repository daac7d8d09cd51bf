UPDATE public.h SET at = at + 10 WHERE id = 20;
