UPDATE public.portfolios SET status = '' WHERE id = 4;
UPDATE public.portfolios SET status = 'Active' WHERE id = 2;
UPDATE public.portfolios SET mood = NULL WHERE id = 5;
UPDATE public.portfolios SET mood = 'tense' WHERE id = 6;
UPDATE public.portfolios SET level = -1 WHERE id = 7;
UPDATE public.portfolios SET is_open = false WHERE id = 8;
