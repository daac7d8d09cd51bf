INSERT INTO public.old_notes VALUES (1, 'b1', 1);
