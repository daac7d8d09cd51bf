-- phasegate: adds table public.u
CREATE TABLE public.u (id integer PRIMARY KEY);
