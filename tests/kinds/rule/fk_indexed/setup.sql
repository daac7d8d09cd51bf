CREATE TABLE public.parents (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE public.children (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES public.parents);
CREATE INDEX children_parent ON public.children (b, a, id);
CREATE TABLE public.grandchildren (id int PRIMARY KEY, a int, b int, child int REFERENCES public.children,
    FOREIGN KEY (a, b) REFERENCES public.parents);
CREATE INDEX grandchildren_parent ON public.grandchildren (a, b);
CREATE INDEX grandchildren_child ON public.grandchildren USING hash (child);
