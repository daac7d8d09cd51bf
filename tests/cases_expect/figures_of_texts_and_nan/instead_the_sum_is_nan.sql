-- phasegate: changes data public.n (v)
-- phasegate: keeps sum public.n.v
UPDATE public.n SET v = 6 WHERE id = 2;
