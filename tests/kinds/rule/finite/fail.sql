UPDATE public.prices SET price = 'NaN' WHERE id = 1;
UPDATE public.prices SET price = NULL WHERE id = 2;
UPDATE public.prices SET rate = '-Infinity' WHERE id = 3;
UPDATE public.prices SET rate = 'NaN' WHERE id = 4;
UPDATE public.prices SET held_until = 'infinity' WHERE id = 5;
