-- phasegate: drops column public.t.a
-- phasegate: adds column public.t.b, public.t.d
ALTER TABLE public.t RENAME a TO b;
ALTER TABLE public.t ADD COLUMN d int;
UPDATE public.t SET d = b;
