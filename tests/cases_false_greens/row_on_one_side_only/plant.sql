INSERT INTO public.t VALUES (3, 'c');
