-- phasegate: transacton = none
-- phasegate: adds tabel public.x
-- phasegate: inserts users
SELECT 1;
-- phasegate: adds table public.late
SELECT 2;
