CREATE TABLE public.t (id int PRIMARY KEY, a int, b text);
INSERT INTO public.t SELECT n, n, 'x' || n FROM generate_series(1, 20) AS n;
CREATE TABLE public.u (id int PRIMARY KEY, n int);
INSERT INTO public.u SELECT n, n FROM generate_series(1, 5) AS n;
CREATE FUNCTION public.also_u() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE public.u SET n = n + 1 WHERE id = new.id; RETURN new; END $$;
CREATE TRIGGER also AFTER UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION public.also_u();
