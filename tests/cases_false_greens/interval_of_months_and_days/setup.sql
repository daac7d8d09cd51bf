CREATE TABLE public.t (id int PRIMARY KEY, v interval);
INSERT INTO public.t VALUES (1, '1 mon'), (2, '30 days'), (3, NULL);
