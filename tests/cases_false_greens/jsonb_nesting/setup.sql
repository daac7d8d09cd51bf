CREATE TABLE public.t (id int PRIMARY KEY, v jsonb);
INSERT INTO public.t VALUES (1, '{"a":[1],"b":2}'), (2, '{"a":[1,"b",2]}'), (3, NULL);
