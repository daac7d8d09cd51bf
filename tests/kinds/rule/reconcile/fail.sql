UPDATE public.sums SET total = total + 0.01 WHERE id = 2;
UPDATE public.sums SET note = NULL WHERE id = 3;
DELETE FROM public.parts WHERE id = 4;
INSERT INTO public.parts VALUES (9, 1);
DELETE FROM public.copies WHERE ctid = (SELECT min(ctid) FROM public.copies WHERE id = 1);
