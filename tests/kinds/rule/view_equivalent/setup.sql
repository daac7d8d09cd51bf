CREATE TABLE public.sales (id int PRIMARY KEY, shop text, amount int);
INSERT INTO public.sales SELECT n, 'shop ' || n % 3, n FROM generate_series(1, 9) AS n;
CREATE VIEW public.shops AS SELECT shop, sum(amount) AS total FROM public.sales GROUP BY shop;
