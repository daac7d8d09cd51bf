UPDATE public.people SET born = '1899-12-31' WHERE id = 1;
UPDATE public.people SET born = '2999-01-01' WHERE id = 2;
UPDATE public.people SET born = '-infinity' WHERE id = 3;
UPDATE public.people SET seen = '2025-01-01 12:00+00' WHERE id = 4;
UPDATE public.people SET seen = NULL WHERE id = 5;
UPDATE public.people SET until = '2100-01-01' WHERE id = 6;
