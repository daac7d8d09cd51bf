CREATE TABLE public.notes (id int PRIMARY KEY, body text, remark text);
INSERT INTO public.notes SELECT n, 'order 4711-' || n, 'paid 1,234.56 on 2024-01-0' || n FROM generate_series(1, 9) AS n;
UPDATE public.notes SET body = NULL WHERE id = 9;
