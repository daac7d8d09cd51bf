CREATE TABLE public.t (id int PRIMARY KEY, v integer[]);
INSERT INTO public.t VALUES (1, '[0:1]={1,2}'), (2, '{1,2}'), (3, NULL);
