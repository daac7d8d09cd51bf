INSERT INTO public.clients VALUES (101, 'z@y', 1, 'web');
