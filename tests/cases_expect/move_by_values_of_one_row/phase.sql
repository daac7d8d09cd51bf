-- phasegate: moves public.a -> public.b (id, (SELECT count(*) FROM unnest(tags)) = cardinality(tags)::bigint)
INSERT INTO public.b SELECT id, tags FROM public.a;
DELETE FROM public.a;
