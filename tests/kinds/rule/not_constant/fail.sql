UPDATE public.people SET rating = CASE WHEN id > 1 THEN 3 END, body = '{"n": 1}';
