UPDATE public.sales SET amount = 1.01 WHERE id = 1;
UPDATE public.sales SET rate = 'NaN' WHERE id = 2;
UPDATE public.sales SET amount = 4 WHERE id = 3;
UPDATE public.sales SET sold = '2024-02-01' WHERE id = 4;
UPDATE public.sales SET rate = NULL WHERE id = 5;
DELETE FROM public.counts WHERE id > 5;
