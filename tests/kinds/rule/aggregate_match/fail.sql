UPDATE public.ledger SET amount = amount + 0.02 WHERE id = 3;
DELETE FROM public.ledger WHERE booking = 10;
UPDATE public.bookings SET weight = 'NaN' WHERE id = 2;
