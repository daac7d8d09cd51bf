CREATE TABLE public.people (id int PRIMARY KEY, home text, work text, mobile text);
INSERT INTO public.people SELECT n, 'h' || n, 'w' || n, 'm' || n FROM generate_series(1, 9) AS n;
UPDATE public.people SET home = NULL, work = NULL WHERE id = 9;
