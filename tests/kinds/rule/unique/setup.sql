CREATE TABLE public.people (id int PRIMARY KEY, email text, first text, last text, code numeric);
INSERT INTO public.people SELECT n, 'person' || n || '@example.org', 'first ' || n, CASE WHEN n % 2 = 0 THEN NULL ELSE 'last' END, n FROM generate_series(1, 20) AS n;
UPDATE public.people SET first = 'twin' WHERE id IN (2, 4);
CREATE TABLE public.keyless (a int, b int, shared_n int, n int);
INSERT INTO public.keyless SELECT n, n / 2, 1, 1 FROM generate_series(1, 6) AS n;
-- A composite value that holds a NULL is a value, and equal to another.
CREATE TYPE public.place AS (street text, town text);
CREATE TABLE public.branches (id int PRIMARY KEY, at public.place);
INSERT INTO public.branches VALUES (1, ROW('High Street', NULL)), (2, ROW(NULL, 'York')), (3, NULL), (4, NULL);
-- The same seat in other letters, and one that is closed.
CREATE TABLE public.seats (id int PRIMARY KEY, hall int, seat text, is_open boolean);
INSERT INTO public.seats VALUES (1, 1, 'a1', true), (2, 2, 'A1', true), (3, 1, 'A1', false), (4, 1, NULL, true), (5, 1, NULL, true);
