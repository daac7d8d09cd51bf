CREATE TABLE public.people (id int PRIMARY KEY, name text, note text, code varchar(4));
INSERT INTO public.people SELECT n, 'name ' || n, 'note', 'c' FROM generate_series(1, 9) AS n;
UPDATE public.people SET note = NULL, code = ' ' WHERE id = 9;
CREATE TABLE public.scans (id int PRIMARY KEY, page bytea, stamp bytea);
INSERT INTO public.scans SELECT n, '\xff00', ' ' FROM generate_series(1, 4) AS n;
