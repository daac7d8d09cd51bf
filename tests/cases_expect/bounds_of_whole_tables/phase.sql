-- phasegate: drops table public.old
-- phasegate: deletes public.old rows = 7
-- phasegate: adds table public.fresh
-- phasegate: inserts public.fresh rows = 3
CREATE TABLE public.fresh (id int PRIMARY KEY, x text);
INSERT INTO public.fresh SELECT n, 'f' FROM generate_series(1, 3) AS n;
DROP TABLE public.old;
