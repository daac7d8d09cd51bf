CREATE TABLE public.unknown (id int);
INSERT INTO public.unknown VALUES (1);
-- An index counts the rows of its table, and nothing more is known of them.
CREATE TABLE public.loaded AS SELECT n AS id FROM generate_series(1, 1000) AS n;
CREATE INDEX ON public.loaded (id);
