UPDATE public.holdings SET amount = 'NaN' WHERE id = 1;
UPDATE public.holdings SET amount = -0.01 WHERE id = 2;
-- Rounded to the column's scale the bound would be 12.35, and this row would pass.
UPDATE public.holdings SET amount = 12.35 WHERE id = 3;
UPDATE public.holdings SET price = 'NaN' WHERE id = 4;
UPDATE public.holdings SET price = 0 WHERE id = 5;
UPDATE public.holdings SET price = NULL WHERE id = 6;
UPDATE public.holdings SET price = 'Infinity' WHERE id = 7;
UPDATE public.holdings SET rate = 0.2 WHERE id = 8;
UPDATE public.holdings SET held_since = 'infinity' WHERE id = 9;
UPDATE public.holdings SET units = 0 WHERE id = 10;
