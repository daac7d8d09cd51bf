DROP INDEX public.people_ab;
CREATE INDEX people_a ON public.people (a) WHERE b > 0;
DROP INDEX public.people_c;
CREATE UNIQUE INDEX people_cb ON public.people (c, b);
DROP INDEX public.people_bc;
CREATE INDEX people_b ON public.people (b) INCLUDE (c);
