UPDATE public.clients SET name = NULL WHERE id IN (2, 5);
