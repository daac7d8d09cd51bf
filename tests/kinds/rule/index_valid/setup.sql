CREATE TABLE public.people (id int PRIMARY KEY, name text);
CREATE INDEX people_name ON public.people (name);
