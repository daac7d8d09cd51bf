CREATE TABLE public.people (id int PRIMARY KEY, email text, cents int, kind text);
INSERT INTO public.people SELECT n, 'User' || n || '@Example.com', n * 199, CASE WHEN n <= 6 THEN 'client' ELSE 'staff' END FROM generate_series(1, 10) AS n;
CREATE TABLE public.clients (ref int PRIMARY KEY, email text, euros numeric(12,2), source text);
INSERT INTO public.clients VALUES (100, 'x@y', 1, 'web');
