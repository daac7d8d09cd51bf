INSERT INTO public.b VALUES (7, 7, 'w7');
