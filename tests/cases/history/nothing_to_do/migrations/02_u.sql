-- phasegate: adds table public.u
CREATE TABLE u (i int);
