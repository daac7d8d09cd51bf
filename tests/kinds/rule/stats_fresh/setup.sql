CREATE TABLE public.people (id int);
INSERT INTO public.people VALUES (1);
ANALYZE public.people;
