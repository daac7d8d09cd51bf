CREATE TABLE public.prices (id int PRIMARY KEY, price numeric, rate float8, held_until date);
INSERT INTO public.prices SELECT n, n, n, '2024-01-01' FROM generate_series(1, 9) AS n;
UPDATE public.prices SET rate = NULL WHERE id = 9;
