CREATE TABLE public.a (id int PRIMARY KEY, tags text[] NOT NULL);
INSERT INTO public.a SELECT n, CASE WHEN n % 2 = 0 THEN '{}' ELSE ARRAY['x' || n, 'y'] END FROM generate_series(1, 6) AS n;
CREATE TABLE public.b (id int PRIMARY KEY, tags text[] NOT NULL);
