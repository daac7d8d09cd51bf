CREATE TABLE public.h (id int PRIMARY KEY, units numeric(12,4), value numeric(12,2), n int, at date);
INSERT INTO public.h SELECT n, n * 1.25, n * 10.10, n, date '2024-01-01' + n FROM generate_series(1, 20) AS n;
CREATE TABLE public.p (id int PRIMARY KEY, amount numeric(12,2));
INSERT INTO public.p SELECT n, 1.5 FROM generate_series(1, 4) AS n;
