UPDATE public.b SET w = 'other' WHERE id = 3;
