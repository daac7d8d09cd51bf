UPDATE public.h SET units = units + 0.0001 WHERE id = 9;
