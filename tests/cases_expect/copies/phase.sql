-- phasegate: adds table public.price_history
-- phasegate: copies public.prices -> public.price_history (id = price_id, price, day)
CREATE TABLE public.price_history (price_id int, price numeric(10,2), day date, PRIMARY KEY (price_id, day));
INSERT INTO public.price_history SELECT id, price, day FROM public.prices;
