INSERT INTO public.t VALUES (300, 1, 'w');
