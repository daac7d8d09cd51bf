UPDATE public.people SET rating = NULL;
UPDATE public.people SET note = NULL WHERE id = 1;
UPDATE public.branches SET at = ROW(NULL, NULL) WHERE id = 1;
