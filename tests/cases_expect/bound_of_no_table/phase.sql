-- phasegate: inserts public.t rows = 1
INSERT INTO public.t VALUES (1);
