CREATE TABLE public.users (id int PRIMARY KEY);
CREATE TABLE public.profiles (id int PRIMARY KEY, kind text);
INSERT INTO public.users SELECT n FROM generate_series(1, 100) AS n;
INSERT INTO public.profiles SELECT n, CASE WHEN n <= 100 THEN 'a' ELSE 'b' END FROM generate_series(1, 200) AS n;
