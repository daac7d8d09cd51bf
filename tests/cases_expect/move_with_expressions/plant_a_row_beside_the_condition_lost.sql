DELETE FROM public.people WHERE id = 9;
