UPDATE public.archived_holdings SET total = 10.0 WHERE id = 8;
