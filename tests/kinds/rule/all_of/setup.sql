CREATE TABLE public.clients (id int PRIMARY KEY, name text, adviser int);
INSERT INTO public.clients SELECT n, 'client ' || n, n % 3 FROM generate_series(1, 9) AS n;
