UPDATE public.b SET tags = '{y}' WHERE id = 1;
