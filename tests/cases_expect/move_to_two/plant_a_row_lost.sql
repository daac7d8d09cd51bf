DELETE FROM public.archived_holdings WHERE id = 8;
