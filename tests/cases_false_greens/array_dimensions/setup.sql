CREATE TABLE public.t (id int PRIMARY KEY, v integer[]);
INSERT INTO public.t VALUES (1, '{{1,2},{3,4}}'), (2, '{1,2,3,4}'), (3, NULL);
