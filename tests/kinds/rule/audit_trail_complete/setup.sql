CREATE TABLE public.accounts (id int PRIMARY KEY, changed timestamptz);
CREATE TABLE public.audit (id int PRIMARY KEY, of_table text, of_row text, at timestamptz);
INSERT INTO public.accounts SELECT n, CASE WHEN n < 9 THEN timestamptz '2024-01-01 12:00+00' END FROM generate_series(1, 9) AS n;
INSERT INTO public.audit SELECT n, 'accounts', n::text, timestamptz '2024-01-01 12:00+00' FROM generate_series(1, 9) AS n;
INSERT INTO public.audit SELECT n + 9, 'clients', n::text, now() FROM generate_series(1, 9) AS n;
