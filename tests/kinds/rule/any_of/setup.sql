CREATE TABLE public.users (id int PRIMARY KEY, role text);
CREATE TABLE public.employees (id int PRIMARY KEY);
INSERT INTO public.users SELECT n, CASE WHEN n < 3 THEN 'adviser' ELSE 'client' END FROM generate_series(1, 9) AS n;
