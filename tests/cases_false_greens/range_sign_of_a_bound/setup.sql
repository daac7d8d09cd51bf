CREATE TABLE public.t (id int PRIMARY KEY, v numrange);
INSERT INTO public.t VALUES (1, '[-1.5,1.5]'), (2, '[1.5,1.5]'), (3, NULL);
