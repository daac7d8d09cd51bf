CREATE TABLE public.t (id int PRIMARY KEY, v text, w text);
INSERT INTO public.t VALUES (1, NULL, 'a'), (2, NULL, 'b');
