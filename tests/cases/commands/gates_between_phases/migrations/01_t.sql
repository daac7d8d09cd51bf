-- phasegate: adds table public.t
-- phasegate: inserts public.t
CREATE TABLE public.t (id integer PRIMARY KEY);
INSERT INTO public.t VALUES (1), (2), (3);
