-- phasegate: drops table public.t
-- phasegate: adds table public.u, public.v
-- phasegate: moves public.t -> public.u
ALTER TABLE public.t RENAME TO u;
CREATE TABLE public.v (LIKE public.u INCLUDING ALL);
INSERT INTO public.v SELECT * FROM public.u;
