-- phasegate: changes data public.t (a) rows = 10
-- phasegate: changes data public.t (b) rows <= 3
-- phasegate: inserts public.t rows 4..6
-- phasegate: deletes public.t rows >= 2
UPDATE public.t SET a = -a WHERE id <= 10;
UPDATE public.t SET b = 'y' WHERE id IN (5, 20);
INSERT INTO public.t SELECT n, n, 'z' FROM generate_series(101, 105) AS n;
DELETE FROM public.t WHERE id IN (49, 50);
