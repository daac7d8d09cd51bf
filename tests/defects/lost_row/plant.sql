-- One of 3,750 transactions is lost.
DELETE FROM public.transactions WHERE id = 777;
