CREATE TABLE public.users (id int PRIMARY KEY, name text);
INSERT INTO public.users SELECT n, md5(n::text) FROM generate_series(1, 9) AS n;
