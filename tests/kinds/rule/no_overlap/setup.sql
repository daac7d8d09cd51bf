CREATE TABLE public.spans (id int PRIMARY KEY, owner int, low date, high date, first int, last int);
INSERT INTO public.spans SELECT n, n % 2, date '2024-01-01' + n * 10, date '2024-01-01' + (n + 2) * 10, n * 10, n * 10 + 9 FROM generate_series(1, 8) AS n;
UPDATE public.spans SET high = NULL WHERE id = 8;
UPDATE public.spans SET low = NULL WHERE id = 1;
