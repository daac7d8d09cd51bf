CREATE TYPE public.mood AS ENUM ('calm', 'tense');
CREATE TABLE public.portfolios (id int PRIMARY KEY, status text, mood public.mood, level int, is_open boolean);
INSERT INTO public.portfolios SELECT n, CASE n % 3 WHEN 0 THEN 'active' WHEN 1 THEN 'closed' END, 'calm', n % 3, n > 0 FROM generate_series(1, 12) AS n;
