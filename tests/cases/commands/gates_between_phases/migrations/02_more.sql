-- phasegate: inserts public.t
INSERT INTO public.t SELECT generate_series(4, 1000);
