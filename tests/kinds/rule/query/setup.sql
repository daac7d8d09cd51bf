CREATE TABLE public.holdings (id int PRIMARY KEY, units int, price numeric, value numeric, owner text);
INSERT INTO public.holdings SELECT n, n, 2, n * 2, 'owner; ' || n FROM generate_series(1, 10) AS n;
