UPDATE public.legacy SET units = '2147483648' WHERE id = 1;
UPDATE public.legacy SET units = '1.0' WHERE id = 2;
UPDATE public.legacy SET born = '2023-02-29' WHERE id = 3;
UPDATE public.legacy SET born = '29.02.2024' WHERE id = 4;
UPDATE public.legacy SET active = NULL WHERE id = 5;
UPDATE public.legacy SET active = 'maybe' WHERE id = 6;
UPDATE public.legacy SET price = '1,000.00' WHERE id = 7;
UPDATE public.legacy SET units = '' WHERE id = 8;
