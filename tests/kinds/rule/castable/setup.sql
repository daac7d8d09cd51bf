CREATE TABLE public.legacy (id int PRIMARY KEY, units text, born text, active text, price text);
INSERT INTO public.legacy SELECT n, n::text, '2024-02-29', 'yes', '-1.5e3' FROM generate_series(1, 9) AS n;
UPDATE public.legacy SET units = ' 2147483647 ', born = NULL, active = 'F', price = '.5' WHERE id = 9;
