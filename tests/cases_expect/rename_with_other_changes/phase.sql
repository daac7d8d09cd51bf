-- phasegate: drops column public.t.a
-- phasegate: adds column public.t.b
-- phasegate: changes data public.t (c) rows = 1
-- phasegate: inserts public.t rows = 0
ALTER TABLE public.t RENAME a TO b;
UPDATE public.t SET c = 'new' WHERE id = 4;
