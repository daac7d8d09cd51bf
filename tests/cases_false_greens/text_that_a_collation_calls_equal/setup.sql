CREATE COLLATION public.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE public.t (id int PRIMARY KEY, v text COLLATE public.nocase);
INSERT INTO public.t VALUES (1, 'a'), (2, 'B');
