INSERT INTO public.t VALUES ('b', 2);
DELETE FROM public.t WHERE ctid = (SELECT min(ctid) FROM public.t WHERE v = 'a');
