CREATE TABLE public.people (id int PRIMARY KEY, rating int, body json);
INSERT INTO public.people SELECT n, n, '{"n": 1}' FROM generate_series(1, 5) AS n;
UPDATE public.people SET body = '{}' WHERE id = 5;
