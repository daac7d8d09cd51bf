UPDATE public.people SET rating = NULL;
UPDATE public.people SET note = NULL WHERE id = 1;
