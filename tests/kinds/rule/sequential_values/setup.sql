CREATE TABLE public.invoices (id int PRIMARY KEY, year int, number int, page int);
INSERT INTO public.invoices SELECT n, 2020 + n % 2, 1 + n / 2, n * 10 FROM generate_series(0, 9) AS n;
UPDATE public.invoices SET page = NULL WHERE id = 9;
