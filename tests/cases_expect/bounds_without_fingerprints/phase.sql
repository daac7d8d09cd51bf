-- phasegate: changes data public.t (a) rows <= 5
-- phasegate: inserts public.t rows = 0
SELECT 1;
