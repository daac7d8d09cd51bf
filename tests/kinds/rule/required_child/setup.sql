CREATE TABLE public.orders (id int PRIMARY KEY, n int, status text);
CREATE TABLE public.lines (id int PRIMARY KEY, order_id int, kind text);
INSERT INTO public.orders SELECT n, 1, CASE WHEN n = 9 THEN 'draft' ELSE 'sent' END FROM generate_series(1, 9) AS n;
INSERT INTO public.lines SELECT n, 1 + (n - 1) % 8, CASE WHEN n <= 8 THEN 'first' ELSE 'more' END FROM generate_series(1, 16) AS n;
