INSERT INTO public.t VALUES (49, 49, 'x49'), (50, 50, 'x50');
