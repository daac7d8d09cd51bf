CREATE TABLE public.docs (id int PRIMARY KEY, body jsonb);
INSERT INTO public.docs SELECT n, jsonb_build_object('name', 'n', 'age', n) FROM generate_series(1, 9) AS n;
UPDATE public.docs SET body = '{"name": "only"}' WHERE id = 8;
UPDATE public.docs SET body = NULL WHERE id = 9;
