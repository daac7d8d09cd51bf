CREATE TABLE public.holdings (id int PRIMARY KEY, amount numeric(12,2), price float8, rate float4, held_since date, units int);
INSERT INTO public.holdings SELECT n, n, n, 0.1, date '2024-01-01' + n, n FROM generate_series(1, 10) AS n;
UPDATE public.holdings SET amount = NULL WHERE id = 10;
