-- Transaction 8 is overwritten with transaction 3: the count stays, and so does every sum, since the two agree in all
-- that is added up.
UPDATE public.transactions AS b
SET traded_on = a.traded_on, settled_on = a.settled_on, reference = a.reference, created_at = a.created_at
FROM public.transactions AS a
WHERE a.id = 3 AND b.id = 8;
