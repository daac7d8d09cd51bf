CREATE TABLE public.t (id int PRIMARY KEY, v jsonb);
INSERT INTO public.t VALUES (1, '[[],1]'), (2, '[[1]]'), (3, NULL);
