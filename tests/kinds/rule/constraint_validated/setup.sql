CREATE TABLE public.parents (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE public.children (id int PRIMARY KEY, a int, b int, units int CHECK (units > 0),
    FOREIGN KEY (a, b) REFERENCES public.parents MATCH FULL);
CREATE TABLE public.pupils (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES public.parents);
INSERT INTO public.parents VALUES (1, 1), (2, 2);
INSERT INTO public.children VALUES (1, 1, 1, 1), (2, NULL, NULL, NULL);
INSERT INTO public.pupils VALUES (1, 1, 1), (2, 9, NULL);
CREATE TABLE public.graduates (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES public.parents);
INSERT INTO public.graduates VALUES (1, 1, 1);
CREATE DOMAIN public.mark AS int CHECK (VALUE > 0);
