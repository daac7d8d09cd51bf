CREATE TABLE public.files (id int PRIMARY KEY, sha1 text, path text);
INSERT INTO public.files SELECT n, repeat(substr('0123456789abcdef', n, 1), 40), '/data/' || n FROM generate_series(1, 9) AS n;
UPDATE public.files SET path = NULL WHERE id = 9;
CREATE TABLE public.scans (id int PRIMARY KEY, page bytea);
INSERT INTO public.scans SELECT n, convert_to('page ' || n || ' é', 'UTF8') FROM generate_series(1, 3) AS n;
-- What is a letter in one collation is none by its bytes.
CREATE TABLE public.names (id int PRIMARY KEY, name text);
INSERT INTO public.names VALUES (1, 'Anna'), (2, 'Bär'), (3, 'Ørsted');
