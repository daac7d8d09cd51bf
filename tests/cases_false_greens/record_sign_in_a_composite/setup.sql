CREATE TYPE public.pair AS (n numeric, s text);
CREATE TABLE public.t (id int PRIMARY KEY, v public.pair);
INSERT INTO public.t VALUES (1, '(5.00,a)'), (2, '(-5.00,a)');
