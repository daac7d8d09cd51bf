CREATE TABLE public.entries (id int PRIMARY KEY, booking int, amount numeric(12,2), debit float8, credit float8);
INSERT INTO public.entries SELECT n, (n + 1) / 2, CASE WHEN n % 2 = 1 THEN 0.10 ELSE -0.10 END,
    CASE WHEN n % 2 = 1 THEN 0.1 END, CASE WHEN n % 2 = 0 THEN 0.1 END FROM generate_series(1, 12) AS n;
