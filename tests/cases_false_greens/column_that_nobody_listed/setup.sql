CREATE TABLE public.t (id int PRIMARY KEY, v text, forgotten text);
INSERT INTO public.t VALUES (1, 'a', 'x'), (2, 'b', 'y');
