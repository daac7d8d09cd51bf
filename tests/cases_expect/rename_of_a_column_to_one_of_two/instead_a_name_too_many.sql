-- phasegate: drops column public.t.a
-- phasegate: adds column public.t.b, public.t.d
-- phasegate: moves sum public.t.a -> public.t.b
ALTER TABLE public.t RENAME a TO b;
ALTER TABLE public.t ADD COLUMN d int;
UPDATE public.t SET d = b;
UPDATE public.t SET b = b + 1 WHERE id = 3;
