CREATE TABLE public.parents (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE public.children (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES public.parents);
CREATE INDEX children_parent ON public.children (b, a, id);
