DELETE FROM public.lines WHERE order_id = 3;
UPDATE public.lines SET kind = 'first' WHERE id = 12;
UPDATE public.lines SET order_id = NULL WHERE id = 5;
