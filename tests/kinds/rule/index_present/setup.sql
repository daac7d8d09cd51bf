CREATE TABLE public.people (id int PRIMARY KEY, a int, b int, c int);
CREATE INDEX people_ab ON public.people (a, b) INCLUDE (c);
CREATE UNIQUE INDEX people_c ON public.people (c);
CREATE INDEX people_bc ON public.people (b, c);
