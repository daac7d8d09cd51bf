-- phasegate: adds table public.archived_holdings
-- phasegate: drops table public.legacy_holdings
-- phasegate: moves public.legacy_holdings -> public.holdings (id, amount = value, name) + public.archived_holdings (id, amount = total, name)
CREATE TABLE public.archived_holdings (id int PRIMARY KEY, total numeric, name varchar(50));
INSERT INTO public.holdings (id, value, name) SELECT id, amount, name FROM public.legacy_holdings WHERE NOT archived;
INSERT INTO public.archived_holdings SELECT id, amount, name FROM public.legacy_holdings WHERE archived;
DROP TABLE public.legacy_holdings;
