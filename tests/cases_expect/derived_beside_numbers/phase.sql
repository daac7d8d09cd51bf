-- phasegate: derive
-- phasegate: changes data public.t (a) rows = 3
UPDATE t SET a = -a WHERE id <= 3;
