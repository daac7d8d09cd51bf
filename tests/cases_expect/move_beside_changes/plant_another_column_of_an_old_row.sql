UPDATE public.b SET w = 'other' WHERE id = 1003;
