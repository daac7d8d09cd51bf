CREATE TABLE public.t (id int PRIMARY KEY, note text, v numeric, f double precision);
INSERT INTO public.t SELECT n, '1.0', n, n FROM generate_series(1, 4) AS n;
CREATE TABLE public.n (id int PRIMARY KEY, v numeric);
INSERT INTO public.n VALUES (1, 'NaN'), (2, 5);
