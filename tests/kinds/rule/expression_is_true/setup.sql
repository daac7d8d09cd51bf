CREATE TABLE public.spans (id int PRIMARY KEY, low int, high int);
INSERT INTO public.spans SELECT n, n, n + 1 FROM generate_series(1, 9) AS n;
UPDATE public.spans SET high = NULL WHERE id = 9;
