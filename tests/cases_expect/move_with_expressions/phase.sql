-- phasegate: moves public.people where (kind = 'client') -> public.clients where (source = 'people') (id = ref, lower(email) = email, (cents / 100.0)::numeric(12, 2) = euros)
INSERT INTO public.clients SELECT id, lower(email), cents / 100.0, 'people' FROM public.people WHERE kind = 'client';
DELETE FROM public.people WHERE kind = 'client';
