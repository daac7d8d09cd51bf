CREATE TABLE public.sums (id int PRIMARY KEY, total numeric, note text);
CREATE TABLE public.parts (id int, part numeric);
INSERT INTO public.sums SELECT n, 2 * n, CASE WHEN n > 1 THEN 'n' END FROM generate_series(1, 5) AS n;
INSERT INTO public.parts SELECT n, n FROM generate_series(1, 5) AS n, generate_series(1, 2);
CREATE TABLE public.copies AS TABLE public.parts;
