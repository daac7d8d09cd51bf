INSERT INTO public.prices SELECT * FROM public.price_history;
