UPDATE public.people SET name = 'n/a' WHERE id = 1;
UPDATE public.people SET name = 'NULL' WHERE id = 2;
UPDATE public.people SET code = 999.00 WHERE id = 3;
UPDATE public.people SET code = NULL WHERE id = 4;
