UPDATE public.people SET name = '' WHERE id = 1;
UPDATE public.people SET name = NULL WHERE id = 2;
UPDATE public.people SET name = E' \t\n' WHERE id = 3;
UPDATE public.people SET note = U&'\00A0\200B' WHERE id = 4;
UPDATE public.people SET code = '' WHERE id = 5;
UPDATE public.scans SET page = '' WHERE id = 1;
UPDATE public.scans SET page = E' \n' WHERE id = 2;
UPDATE public.scans SET stamp = '' WHERE id = 3;
