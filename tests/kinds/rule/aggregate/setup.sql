CREATE TABLE public.sales (id int PRIMARY KEY, amount numeric(12,2), rate float8, sold date);
INSERT INTO public.sales SELECT n, n, n, date '2024-01-01' + n FROM generate_series(1, 9) AS n;
UPDATE public.sales SET rate = NULL WHERE id = 9;
