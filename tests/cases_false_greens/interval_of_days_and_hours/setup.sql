CREATE TABLE public.t (id int PRIMARY KEY, v interval);
INSERT INTO public.t VALUES (1, '1 day'), (2, '24:00:00'), (3, NULL);
