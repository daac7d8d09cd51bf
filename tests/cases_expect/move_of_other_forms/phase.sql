-- phasegate: adds table public.b
-- phasegate: moves public.a -> public.b (id, n::numeric = n)
CREATE TABLE public.b (id int PRIMARY KEY, n numeric);
INSERT INTO public.b SELECT id, n FROM public.a;
DELETE FROM public.a;
