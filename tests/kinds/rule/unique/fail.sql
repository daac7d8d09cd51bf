UPDATE public.people SET email = 'person1@example.org' WHERE id IN (5, 9);
UPDATE public.people SET first = 'twin' WHERE id = 6;
UPDATE public.people SET code = 1.00 WHERE id = 2;
INSERT INTO public.keyless SELECT 3, 9, 1, 1;
UPDATE public.branches SET at = ROW('High Street', NULL) WHERE id = 2;
UPDATE public.people SET email = 'PERSON7@example.org' WHERE id = 8;
UPDATE public.seats SET is_open = true WHERE id = 3;
