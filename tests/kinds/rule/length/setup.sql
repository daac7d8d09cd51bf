CREATE TABLE public.people (id int PRIMARY KEY, code text, note text, photo bytea);
INSERT INTO public.people SELECT n, 'abcd', 'ÄÖÜ', '\x0102' FROM generate_series(1, 9) AS n;
UPDATE public.people SET note = NULL WHERE id = 9;
