UPDATE public.entries SET amount = 0.11 WHERE id = 1;
UPDATE public.entries SET amount = NULL WHERE id IN (3, 4);
UPDATE public.entries SET amount = 0.50 WHERE id = 5;
UPDATE public.entries SET credit = 0.10000000000000002 WHERE id = 2;
