CREATE TABLE public.t (id int PRIMARY KEY, v timestamptz);
INSERT INTO public.t VALUES (1, '2024-06-30 12:00:00.000001+00'), (2, '2024-06-30 12:00:00.9+00'), (3, NULL);
