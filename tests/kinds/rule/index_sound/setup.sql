CREATE EXTENSION amcheck;
CREATE FUNCTION public.twisted(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n';
CREATE TABLE public.people (id int PRIMARY KEY, name text);
INSERT INTO public.people SELECT n, 'name ' || n FROM generate_series(1, 100) AS n;
CREATE INDEX people_name ON public.people (name);
CREATE INDEX people_twisted ON public.people (public.twisted(id));
