-- phasegate: drops column public.t.a, public.t.x
-- phasegate: adds column public.t.b, public.t.d, public.t.e
-- phasegate: moves sum public.t.a + public.t.x -> public.t.b + public.t.e
ALTER TABLE public.t RENAME a TO b;
ALTER TABLE public.t RENAME x TO e;
ALTER TABLE public.t ADD COLUMN d int;
UPDATE public.t SET d = b;
