-- phasegate: moves public.a -> public.b (id, v + 0 = v, w)
-- phasegate: changes data public.b (v)
INSERT INTO public.b SELECT * FROM public.a;
DELETE FROM public.a;
