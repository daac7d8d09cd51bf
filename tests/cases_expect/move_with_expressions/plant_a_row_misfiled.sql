UPDATE public.clients SET source = 'web' WHERE ref = 4;
