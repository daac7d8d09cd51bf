-- phasegate: moves public.a -> public.b (id, max(tags))
INSERT INTO public.b SELECT id, tags FROM public.a;
DELETE FROM public.a;
