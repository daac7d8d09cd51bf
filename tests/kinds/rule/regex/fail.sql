UPDATE public.files SET sha1 = upper(sha1) || '' WHERE id = 9;
UPDATE public.files SET sha1 = repeat('a', 41) WHERE id = 1;
UPDATE public.files SET sha1 = repeat('a', 39) || E'\n' WHERE id = 2;
UPDATE public.files SET sha1 = repeat('A', 40) WHERE id = 3;
UPDATE public.files SET sha1 = NULL WHERE id = 4;
UPDATE public.files SET path = 'data/5' WHERE id = 5;
UPDATE public.files SET path = '/PassWord/6' WHERE id = 6;
UPDATE public.scans SET page = convert_to('é, the password', 'UTF8') WHERE id = 2;
UPDATE public.names SET name = 'Bär1' WHERE id = 2;
