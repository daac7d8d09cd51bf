CREATE TABLE public.meters (id int PRIMARY KEY, meter int, day date, total int, left_over int);
INSERT INTO public.meters SELECT n, n % 2, date '2024-01-01' + n, 100 - n % 2 + n / 2, 100 - n FROM generate_series(1, 10) AS n;
UPDATE public.meters SET total = NULL WHERE id = 6;
