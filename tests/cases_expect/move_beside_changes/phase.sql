-- phasegate: moves public.a -> public.b
-- phasegate: changes data public.b (v) rows = 2
INSERT INTO public.b SELECT * FROM public.a;
DELETE FROM public.a;
UPDATE public.b SET v = -v WHERE id IN (1001, 1002);
