INSERT INTO public.readings VALUES (NULL, NULL, 2);
INSERT INTO public.readings VALUES (3, '2024-01-01', 4);
