UPDATE public.people SET code = 'abc' WHERE id = 1;
UPDATE public.people SET code = NULL WHERE id = 2;
UPDATE public.people SET note = 'ÄÖÜ!' WHERE id = 3;
UPDATE public.people SET note = 'Ä' WHERE id = 4;
UPDATE public.people SET photo = '\x01' WHERE id = 5;
