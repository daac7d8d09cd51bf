-- phasegate: drops column public.t.a
-- phasegate: adds column public.t.b
ALTER TABLE public.t RENAME a TO b;
