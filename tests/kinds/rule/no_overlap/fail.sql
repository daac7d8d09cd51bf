UPDATE public.spans SET high = '2024-03-05' WHERE id = 2;
UPDATE public.spans SET high = '2024-02-18' WHERE id = 3;
UPDATE public.spans SET last = 50 WHERE id = 4;
UPDATE public.spans SET last = 59 WHERE id = 6;
