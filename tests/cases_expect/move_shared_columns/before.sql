CREATE TABLE public.old_notes (id int PRIMARY KEY, body text, author int);
INSERT INTO public.old_notes SELECT n, 'b' || n, n % 3 FROM generate_series(1, 12) AS n;
