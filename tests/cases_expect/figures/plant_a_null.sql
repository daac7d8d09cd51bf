UPDATE public.h SET value = NULL WHERE id = 3; UPDATE public.h SET value = value + 30.30 WHERE id = 4;
