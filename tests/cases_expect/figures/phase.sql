-- phasegate: changes data public.h (*)
-- phasegate: changes data public.p (amount)
-- phasegate: keeps sum public.h.units, public.h.n
-- phasegate: keeps min public.h.at
-- phasegate: keeps max public.h.at
-- phasegate: keeps nulls public.h.value
-- phasegate: keeps rows public.h
-- phasegate: changes sum public.p.amount by 12.50
-- phasegate: changes sum public.h.value by -12.5
UPDATE public.h SET units = units + CASE id WHEN 1 THEN 0.5 WHEN 2 THEN -0.5 ELSE 0 END;
UPDATE public.h SET value = value - 12.50 WHERE id = 5;
UPDATE public.h SET at = at + 1 WHERE id = 7;
UPDATE public.p SET amount = amount + 12.5 WHERE id = 1;
