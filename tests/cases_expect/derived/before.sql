CREATE TABLE public.t (id int PRIMARY KEY, a int, b text);
INSERT INTO public.t SELECT n, n, 'x' || n FROM generate_series(1, 20) AS n;
CREATE TABLE public.other (id int PRIMARY KEY, n int);
INSERT INTO public.other SELECT n, n FROM generate_series(1, 20) AS n;
CREATE TABLE public.parent (id int PRIMARY KEY, code text UNIQUE);
INSERT INTO public.parent SELECT n, 'c' || n FROM generate_series(1, 9) AS n;
CREATE TABLE public.child (id int PRIMARY KEY, parent int REFERENCES public.parent ON DELETE CASCADE,
    code text REFERENCES public.parent (code) ON UPDATE CASCADE);
INSERT INTO public.child VALUES (1, 1, 'c1'), (2, 2, 'c4'), (3, NULL, 'c4');
CREATE FUNCTION public.sets_other(which int) RETURNS int LANGUAGE sql AS
    'UPDATE public.other SET n = 0 WHERE id = which RETURNING id';
CREATE FUNCTION public.also_other() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE public.other SET n = -1 WHERE id = new.id; RETURN new; END $$;
CREATE FUNCTION public.also_b() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN new.b := 'by trigger'; RETURN new; END $$;
