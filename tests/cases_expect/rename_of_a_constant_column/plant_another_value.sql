UPDATE public.t SET c = 'other' WHERE id = 5;
