CREATE TABLE public.live (id int PRIMARY KEY, a int, b int);
CREATE TABLE public.archive (a int, b int, undone boolean);
INSERT INTO public.live SELECT n, n, n FROM generate_series(1, 9) AS n;
INSERT INTO public.archive SELECT n, n, false FROM generate_series(10, 19) AS n;
INSERT INTO public.archive VALUES (1, 1, true), (NULL, NULL, false);
UPDATE public.live SET b = NULL WHERE id = 9;
