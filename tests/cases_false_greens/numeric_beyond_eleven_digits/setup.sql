CREATE TABLE public.t (id int PRIMARY KEY, v numeric(12,2));
INSERT INTO public.t VALUES (1, '1234567890.12'), (2, '1234567890.14'), (3, NULL);
