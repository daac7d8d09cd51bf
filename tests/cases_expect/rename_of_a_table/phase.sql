-- phasegate: drops table public.t
-- phasegate: adds table public.u
ALTER TABLE public.t RENAME TO u;
