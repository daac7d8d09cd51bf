CREATE TABLE public.notes (id int PRIMARY KEY, body text, remark text);
INSERT INTO public.notes SELECT n, 'order 4711-' || n, 'paid 1,234.56 on 2024-01-0' || n FROM generate_series(1, 9) AS n;
UPDATE public.notes SET body = NULL WHERE id = 9;
CREATE TABLE public.scans (id int PRIMARY KEY, page bytea);
INSERT INTO public.scans SELECT n, convert_to('Straße 7, page ' || n, 'UTF8') FROM generate_series(1, 3) AS n;
