CREATE TABLE public.t (id int PRIMARY KEY, a text, b text);
INSERT INTO public.t VALUES (1, 'a|b', 'c'), (2, 'x', 'y');
