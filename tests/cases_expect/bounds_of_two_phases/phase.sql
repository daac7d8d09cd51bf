-- phasegate: changes data public.t (a, b) rows = 10
-- phasegate: inserts public.t rows = 5
UPDATE public.t SET a = -a WHERE id <= 10;
INSERT INTO public.t SELECT n, n, 'z' FROM generate_series(101, 105) AS n;
-- next phase
-- phasegate: changes data public.t (b) rows = 6
-- phasegate: inserts public.t rows = 2
UPDATE public.t SET b = 'y' WHERE id BETWEEN 8 AND 13;
INSERT INTO public.t SELECT n, n, 'z' FROM generate_series(201, 202) AS n;
