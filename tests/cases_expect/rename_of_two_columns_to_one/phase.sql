-- phasegate: drops column public.t.a, public.t.x
-- phasegate: adds column public.t.b
-- phasegate: moves sum public.t.a -> public.t.b
-- phasegate: moves sum public.t.x -> public.t.b
ALTER TABLE public.t RENAME a TO b;
ALTER TABLE public.t DROP COLUMN x;
