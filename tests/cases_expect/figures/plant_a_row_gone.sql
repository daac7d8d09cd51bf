DELETE FROM public.h WHERE id = 20;
