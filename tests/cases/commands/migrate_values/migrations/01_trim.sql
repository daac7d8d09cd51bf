-- It declares one column and touches another, and a row.
-- phasegate: changes data public.t (name)
UPDATE t SET name = upper(name);
UPDATE t SET pin = '0' || pin WHERE id = 2;
DELETE FROM t WHERE id = 3;
