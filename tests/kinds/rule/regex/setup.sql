CREATE TABLE public.files (id int PRIMARY KEY, sha1 text, path text);
INSERT INTO public.files SELECT n, repeat(substr('0123456789abcdef', n, 1), 40), '/data/' || n FROM generate_series(1, 9) AS n;
UPDATE public.files SET path = NULL WHERE id = 9;
