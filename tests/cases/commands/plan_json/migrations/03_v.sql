-- phasegate: adds table public.v
CREATE TABLE v (i int);
