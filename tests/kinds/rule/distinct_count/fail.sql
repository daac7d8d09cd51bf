UPDATE public.holdings SET currency = NULL WHERE currency = 'USD';
UPDATE public.holdings SET currency = 'CHF' WHERE id = 1;
UPDATE public.holdings SET rate = 3 WHERE id = 3;
UPDATE public.holdings SET note = 'same';
UPDATE public.branches SET at = ROW(NULL, NULL) WHERE id IN (2, 4, 5);
