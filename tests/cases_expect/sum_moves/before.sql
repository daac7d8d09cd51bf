CREATE TABLE public.accounts (id int PRIMARY KEY, balance numeric(12,2));
INSERT INTO public.accounts SELECT n, n * 100 FROM generate_series(1, 5) AS n;
CREATE TABLE public.reserves (id int PRIMARY KEY, amount numeric);
INSERT INTO public.reserves VALUES (1, 10);
