CREATE TABLE public.t (id int PRIMARY KEY, v time);
INSERT INTO public.t VALUES (1, '00:00:00.000001'), (2, '01:11:34.967296'), (3, NULL);
