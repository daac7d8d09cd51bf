CREATE TABLE public.t (id int PRIMARY KEY, flag boolean NOT NULL, one int NOT NULL, doc jsonb NOT NULL, none text,
                       long text NOT NULL, part boolean, mixed boolean NOT NULL, c text);
INSERT INTO public.t SELECT n, false, 7, '{}', NULL, repeat('x', 200), CASE WHEN n % 3 = 0 THEN true END, n % 2 = 0, 'c' || n
FROM generate_series(1, 10) AS n;
-- One row is the same value in each of its columns; its key is known as the key.
CREATE TABLE public.single (id int PRIMARY KEY, v text NOT NULL);
INSERT INTO public.single VALUES (1, 'v');
