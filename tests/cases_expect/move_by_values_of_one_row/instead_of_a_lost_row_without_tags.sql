-- phasegate: moves public.a -> public.b (id, unnest(tags))
INSERT INTO public.b SELECT id, tags FROM public.a WHERE id <> 4;
DELETE FROM public.a;
