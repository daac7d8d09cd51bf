CREATE TABLE public.docs (id int PRIMARY KEY, body jsonb, raw json);
INSERT INTO public.docs SELECT n, jsonb_build_object('a', jsonb_build_object('b', n), 'tags', jsonb_build_array('x', 'y')), '{"k": "v"}' FROM generate_series(1, 9) AS n;
UPDATE public.docs SET body = NULL WHERE id = 9;
