UPDATE public.prices SET price = 1.001 WHERE id = 1;
UPDATE public.prices SET rate = 0.1::float8 + 0.2::float8 WHERE id = 2;
UPDATE public.prices SET rate = 1e-7 WHERE id = 3;
UPDATE public.prices SET rate = NULL WHERE id = 4;
