CREATE TABLE public.prices (id int PRIMARY KEY, price numeric, rate float8);
INSERT INTO public.prices SELECT n, n + 0.2500, n / 4.0 FROM generate_series(1, 9) AS n;
UPDATE public.prices SET rate = 'NaN' WHERE id = 8;
UPDATE public.prices SET price = NULL WHERE id = 9;
