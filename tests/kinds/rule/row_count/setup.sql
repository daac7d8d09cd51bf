CREATE TABLE public.groups (id int PRIMARY KEY, is_open boolean);
INSERT INTO public.groups SELECT n, n > 3 FROM generate_series(1, 13) AS n;
CREATE TABLE public.staging (id int);
