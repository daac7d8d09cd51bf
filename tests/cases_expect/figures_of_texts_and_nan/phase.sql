-- phasegate: changes data public.t (*)
-- phasegate: changes column public.t.v
-- phasegate: keeps min public.t.note
-- phasegate: keeps max public.t.v, public.t.f
ALTER TABLE public.t ALTER v TYPE numeric(12,2);
