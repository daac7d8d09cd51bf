DROP INDEX public.children_parent;
CREATE INDEX children_a ON public.children (a);
DROP INDEX public.grandchildren_parent, public.grandchildren_child;
CREATE INDEX ON public.grandchildren (a) INCLUDE (b);
CREATE INDEX ON public.grandchildren USING brin (child);
