UPDATE public.portfolios SET value = value + 0.01 WHERE id = 1;
UPDATE public.portfolios SET value = value - 3 WHERE id = 2;
UPDATE public.portfolios SET value = NULL WHERE id = 3;
UPDATE public.portfolios SET value = 'NaN' WHERE id = 4;
UPDATE public.portfolios SET value = 8 WHERE id = 6;
INSERT INTO public.holdings VALUES (30, 99, 1, 0, 0), (31, NULL, 2, 2, 0);
UPDATE public.portfolios SET ticks = ticks + 1 WHERE id = 5;
