UPDATE public.addresses SET town = 'elsewhere' WHERE id = 1;
UPDATE public.addresses SET county = 'somewhere' WHERE id = 2;
