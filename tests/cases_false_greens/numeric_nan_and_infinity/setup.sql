CREATE TABLE public.t (id int PRIMARY KEY, v numeric);
INSERT INTO public.t VALUES (1, 'NaN'), (2, 'Infinity'), (3, NULL);
