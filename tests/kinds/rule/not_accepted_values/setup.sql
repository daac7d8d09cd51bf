CREATE TABLE public.people (id int PRIMARY KEY, name text, code numeric(6,2));
INSERT INTO public.people SELECT n, 'name ' || n, n FROM generate_series(1, 9) AS n;
UPDATE public.people SET name = NULL WHERE id = 9;
