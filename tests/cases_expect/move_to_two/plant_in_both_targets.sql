INSERT INTO public.archived_holdings SELECT id, value, name FROM public.holdings WHERE id = 5;
