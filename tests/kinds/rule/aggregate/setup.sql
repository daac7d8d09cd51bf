CREATE TABLE public.sales (id int PRIMARY KEY, amount numeric(12,2), rate float8, sold date);
INSERT INTO public.sales SELECT n, n, n, date '2024-01-01' + n FROM generate_series(1, 9) AS n;
UPDATE public.sales SET rate = NULL WHERE id = 9;
-- More than a real holds: 2^24 and ten times 1.
CREATE TABLE public.counts (id int PRIMARY KEY, n real);
INSERT INTO public.counts SELECT n, CASE n WHEN 0 THEN 16777216 ELSE 1 END FROM generate_series(0, 10) AS n;
