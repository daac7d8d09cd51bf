CREATE TABLE public.bookings (id int PRIMARY KEY, amount numeric(12,2), kind text, weight float8);
CREATE TABLE public.ledger (id int PRIMARY KEY, amount numeric(12,2), booking int, weight float8, is_open boolean);
INSERT INTO public.bookings SELECT n, n * 1.25, CASE WHEN n <= 5 THEN 'a' ELSE 'b' END, 0.1 FROM generate_series(1, 10) AS n;
-- Each booking twice, once on either side.
INSERT INTO public.ledger SELECT n, (n + 1) / 2 * 1.25, (n + 1) / 2, 0.05, n <= 10 FROM generate_series(1, 20) AS n;
