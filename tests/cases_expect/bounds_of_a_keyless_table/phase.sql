-- phasegate: inserts public.t rows = 2
-- phasegate: deletes public.t rows = 1
INSERT INTO public.t VALUES (1, 'x1'), (9, 'new');
DELETE FROM public.t WHERE ctid = (SELECT min(ctid) FROM public.t WHERE a = 3);
