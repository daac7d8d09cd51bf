CREATE TABLE public.people (id int PRIMARY KEY, ssn text, ssn_plain text, note bytea, token text);
INSERT INTO public.people SELECT n, encode(sha256(n::text::bytea), 'base64'), 'AB12345' || n, '\xc30d0407030200000000000000000000'::bytea, md5(n::text) FROM generate_series(1, 9) AS n;
UPDATE public.people SET ssn = NULL WHERE id = 9;
ALTER TABLE public.people ADD COLUMN ssn_bytes bytea;
UPDATE public.people SET ssn_bytes = sha256(ssn_plain::bytea);
