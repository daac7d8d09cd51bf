-- phasegate: adds table public.price_history
-- phasegate: moves public.prices -> public.price_history (id, price, day)
CREATE TABLE public.price_history (id int PRIMARY KEY, price numeric(10,2), day date);
INSERT INTO public.price_history SELECT id, price, day FROM public.prices;
DELETE FROM public.prices;
