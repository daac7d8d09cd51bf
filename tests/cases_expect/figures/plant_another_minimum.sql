UPDATE public.h SET at = at - 1 WHERE id = 1;
