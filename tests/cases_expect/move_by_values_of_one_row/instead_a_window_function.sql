-- phasegate: moves public.a -> public.b (id, row_number() OVER ())
INSERT INTO public.b SELECT id, tags FROM public.a;
DELETE FROM public.a;
