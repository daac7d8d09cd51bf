CREATE TABLE public.t (id int PRIMARY KEY, v bigint);
INSERT INTO public.t VALUES (1, '1'), (2, '4294967296'), (3, NULL);
