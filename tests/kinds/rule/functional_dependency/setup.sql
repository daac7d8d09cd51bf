CREATE TABLE public.addresses (id int PRIMARY KEY, postcode text, town text, county text);
INSERT INTO public.addresses SELECT n, 'P' || n % 3, 'town ' || n % 3, NULL FROM generate_series(1, 9) AS n;
INSERT INTO public.addresses VALUES (10, NULL, 'a', 'b'), (11, NULL, 'c', 'd');
