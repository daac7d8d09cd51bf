CREATE TABLE public.people (id int PRIMARY KEY, rating int, note text);
INSERT INTO public.people SELECT n, CASE WHEN n = 3 THEN 1 END, 'x' FROM generate_series(1, 5) AS n;
CREATE TYPE public.place AS (street text, town text);
CREATE TABLE public.branches (id int PRIMARY KEY, at public.place);
INSERT INTO public.branches VALUES (1, ROW('High Street', NULL)), (2, NULL);
