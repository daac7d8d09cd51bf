CREATE TABLE public.legacy_holdings (id int PRIMARY KEY, amount numeric(12,2), name text, note text, archived boolean NOT NULL);
INSERT INTO public.legacy_holdings SELECT n, n * 1.25, 'n' || n, CASE WHEN n % 3 = 0 THEN NULL ELSE 'note' END, n % 4 = 0 FROM generate_series(1, 40) AS n;
CREATE TABLE public.holdings (id bigint PRIMARY KEY, value numeric(12,2), name text, added_on date);
INSERT INTO public.holdings SELECT n, n, 'h' || n, '2020-01-01' FROM generate_series(1001, 1003) AS n;
