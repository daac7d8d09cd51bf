UPDATE public.spans SET high = 0 WHERE id = 1;
UPDATE public.spans SET high = NULL WHERE id = 2;
