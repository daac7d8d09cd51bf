UPDATE public.spans SET high = '2024-03-05' WHERE id = 2;
UPDATE public.spans SET high = '2024-02-18' WHERE id = 3;
UPDATE public.spans SET last = 50 WHERE id = 4;
UPDATE public.spans SET last = 59 WHERE id = 6;
-- It reaches over two that follow.
UPDATE public.stays SET during = '[2024-01-01,2024-01-06)' WHERE id = 1;
UPDATE public.stays SET room = 4 WHERE id = 5;
INSERT INTO public.stays VALUES (26, 0, '[2030-01-01,2030-01-02)'), (27, 3, '[2020-01-01,2020-01-02)');
UPDATE public.prices SET span = '(1,5]' WHERE id = 1;
UPDATE public.prices SET span = '[5,6)' WHERE id = 3;
UPDATE public.prices SET span = '(8,8.5]' WHERE id = 6;
