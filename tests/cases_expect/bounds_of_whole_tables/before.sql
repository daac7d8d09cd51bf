CREATE TABLE public.old (id int PRIMARY KEY);
INSERT INTO public.old SELECT generate_series(1, 7);
