DROP INDEX public.children_parent;
CREATE INDEX children_a ON public.children (a);
