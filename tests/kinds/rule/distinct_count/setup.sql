CREATE TABLE public.holdings (id int PRIMARY KEY, currency text, rate numeric, note text);
INSERT INTO public.holdings SELECT n, (ARRAY['GBP', 'EUR', 'USD'])[1 + n % 3], 1 + n % 2, CASE WHEN n > 2 THEN 'same' END FROM generate_series(1, 12) AS n;
-- Another way to write a value that is there is no other value.
UPDATE public.holdings SET rate = 1.00 WHERE id = 2;
-- A composite of NULLs is a value, and no NULL.
CREATE TYPE public.place AS (street text, town text);
CREATE TABLE public.branches (id int PRIMARY KEY, at public.place);
INSERT INTO public.branches VALUES (1, ROW('High Street', 'York')), (2, ROW('High Street', NULL)), (3, ROW(NULL, NULL)), (4, NULL), (5, NULL);
