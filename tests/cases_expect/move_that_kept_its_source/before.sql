CREATE TABLE public.prices (id int PRIMARY KEY, price numeric(10,2), day date);
INSERT INTO public.prices SELECT n, n * 2.5, date '2024-01-01' + n FROM generate_series(1, 9) AS n;
